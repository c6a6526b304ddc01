import { customerFields, parseCreate, parseUpdate, RosterError, type Actor } from "@roster/domain";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startReplica, type PostgresReplica } from "../../testing/postgres-replica.ts";
import { startOwnPostgres, type OwnPostgresServer } from "../../testing/postgres-server.ts";
import { createTenant } from "../../tenant/tenants.ts";
import { openPostgres } from "./postgres-database.ts";

/** Changes while the standby that must confirm them does not answer. */

/** Time enough for a busy machine. */

let server: OwnPostgresServer;
let standby: PostgresReplica;
let url: string;
/** The standby's process that confirms changes. */
let receiver: number;
let node: Node;
beforeAll(async () => {
  server = await startOwnPostgres();
  url = await server.createDatabase();
  await (await openPostgres(url)).close();
  standby = await startReplica(server);
  await sql("alter system set synchronous_standby_names = '*'");
  await sql("select pg_reload_conf()");
});
afterAll(async () => {
  await standby.dispose();
  await server.dispose();
});

beforeEach(async () => {
  node = await openNode();
  const isSynchronous = "select 1 from pg_stat_replication where sync_state = 'sync'";
  await expect.poll(async () => (await sql(isSynchronous)).length).toBe(1);
  const receivers = await sql("select pid from pg_stat_wal_receiver", standby.on(url));
  receiver = receivers[0]?.[0] as number;
});
afterEach(async () => {
  goOn();
  await node.close();
});

async function sql(text: string, at = url): Promise<unknown[][]> {
  const client = new Client({ connectionString: at });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

/**
 * Starts a node that waits only a second for other nodes.
 * @param answerTimeout how long it waits for PostgreSQL, in milliseconds
 */
const openNode = async (answerTimeout?: number) =>
  startNode(await openPostgres(url, {}, { answerTimeout }), { patience: 1_000 });
const keyed = (key: string): Actor => ({ ...actor, idempotency: { key, fingerprint: key } });
const update = (of: Node, key: string, id: string, patch: object) =>
  of.roster.customer.update(keyed(key), parseUpdate(customerFields, { where: { id }, patch }));
const waits =
  "select pid from pg_stat_activity where wait_event = 'SyncRep' and datname = current_database()";
const waiting = async () => (await sql(waits)).map(([pid]) => pid as number);
const hang = () => process.kill(receiver, "SIGSTOP");
const goOn = () => {
  try {
    process.kill(receiver, "SIGCONT");
  } catch {
    // The process ended with the primary.
  }
};

describe("a commit that waits for its standby", () => {
  it.each(["pg_cancel_backend", "pg_terminate_backend"])(
    "is UNCERTAIN if %s ends the wait, and a retry with its key takes effect once",
    async (end) => {
      const { id } = await node.create({ name: "before" });
      hang();
      const outcome = codeOf(update(node, end, id, { name: end }));
      await expect.poll(waiting).toHaveLength(1);
      await sql(`select ${end}(pid) from (${waits}) w`);
      expect(await outcome).toBe("UNCERTAIN");
      // The change is stored here, and maybe nowhere else.
      await expect.poll(async () => (await node.get(id)).version).toBe(2);
      goOn();
      expect(await update(node, end, id, { name: end })).toMatchObject({ version: 2, replayed: true });
    },
  );

  it("is UNCERTAIN if PostgreSQL stops meanwhile, and a retry with its key takes effect once", async () => {
    const { id } = await node.create({ name: "before" });
    hang();
    const outcome = codeOf(update(node, "stop", id, { name: "stop" }));
    await expect.poll(waiting).toHaveLength(1);
    await server.stop("immediate");
    expect(await outcome).toBe("UNCERTAIN");
    goOn();
    await server.start();
    await expect.poll(() => codeOf(update(node, "stop", id, { name: "stop" }))).toBe("fine");
    expect((await node.get(id)).version).toBe(2);
  });

  it("never lets a retry with its key, on any node, be told that nothing was changed", async () => {
    const { id } = await node.create({ name: "before" });
    const { id: tenant, number, name } = await createTenant(node.store, actor, { name: "free" });
    const free: Actor = { ...actor, tenant: { id: tenant, number, name } };
    const impatient = await openNode(3_000);
    try {
      hang();
      expect(await codeOf(update(impatient, "hung", id, { name: "hung" }))).toBe("UNCERTAIN");
      const [hung] = await waiting();
      const attempts = Promise.allSettled([
        update(impatient, "hung", id, { name: "hung" }),
        update(node, "hung", id, { name: "hung" }),
        node.update(id, { name: "another" }),
        node.roster.customer.create(free, parseCreate(customerFields, {})),
      ]);
      // The other tenant is free: its change gets as far as the wait for the standby.
      await expect.poll(waiting).toHaveLength(2);
      await sql(`select pg_cancel_backend(pid) from (${waits}) w where pid <> ${hung}`);
      const [again, elsewhere, another, ofAnotherTenant] = await attempts;
      for (const attempt of [again, elsewhere]) {
        const { reason } = attempt as PromiseRejectedResult;
        expect(reason).toMatchObject({ code: "UNCERTAIN" });
        expect((reason as RosterError).message).toContain("repeat it with its idempotency key");
        expect((reason as RosterError).message).not.toContain("nothing");
      }
      expect(another).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE" } });
      expect(ofAnotherTenant).toMatchObject({ status: "rejected", reason: { code: "UNCERTAIN" } });
      goOn();
      await expect.poll(waiting).toEqual([]);
      for (const each of [node, impatient]) {
        expect(await update(each, "hung", id, { name: "hung" })).toMatchObject({
          version: 2,
          replayed: true,
        });
      }
    } finally {
      goOn();
      await impatient.close();
    }
  });
});
