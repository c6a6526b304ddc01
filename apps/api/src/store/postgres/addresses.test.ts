import { setTimeout as pause } from "node:timers/promises";
import type { ParsedList } from "@roster/domain";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startReplica, type PostgresReplica } from "../../testing/postgres-replica.ts";
import { startOwnPostgres, type OwnPostgresServer } from "../../testing/postgres-server.ts";
import { openPostgres } from "./postgres-database.ts";

/** A database with a replica or a direct address besides its usual one. */

let server: OwnPostgresServer;
beforeAll(async () => void (server = await startOwnPostgres()));
afterAll(() => server.dispose());

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("with a replica", () => {
  let replica: PostgresReplica;
  let url: string;
  let node: Node;
  beforeAll(async () => {
    url = await server.createDatabase();
    replica = await startReplica(server);
    node = await startNode(await openPostgres(url, { replica: replica.on(url) }));
  });
  afterAll(async () => {
    await node.close();
    await replica.dispose();
  });
  const all: ParsedList = { sort: undefined, order: "asc", limit: 50, cursor: undefined, filter: {} };
  const names = async () => (await node.roster.customer.list(actor, all)).items.map(({ name }) => name);
  const caughtUp = async () => {
    const [row] = (await sql(url, "select pg_current_wal_lsn()::text as lsn")) as { lsn: string }[];
    const reached = `select pg_last_wal_replay_lsn() >= '${row?.lsn}' as reached`;
    while (!((await sql(replica.on(url), reached)) as { reached: boolean }[])[0]?.reached) await pause(10);
  };

  it("lists and reports come from the replica and lag like it; records, histories and changes come from the primary", async () => {
    const { id } = await node.create({ name: "before" });
    const reports = await node.database.openReports();
    const question = { orderBy: [], limit: 10, offset: 0, populate: [], relatedDeleted: false };
    const reported = async (name: string) =>
      reports.count({ tenant: actor.tenant.number, type: "customer", where: { name }, ...question });
    await caughtUp();
    expect(await names()).toEqual(["before"]);

    await sql(replica.on(url), "select pg_wal_replay_pause()");
    await node.update(id, { name: "after" });
    expect((await node.get(id)).name).toBe("after");
    const where = [{ field: "id" as const, value: id }];
    expect((await node.roster.customer.history(actor, where, 10, undefined)).items).toHaveLength(2);
    expect((await node.roster.customer.at(actor, where, { version: 1 })).name).toBe("before");
    expect(await names()).toEqual(["before"]);
    expect(await reported("before")).toBe(1);

    await sql(replica.on(url), "select pg_wal_replay_resume()");
    await caughtUp();
    expect(await names()).toEqual(["after"]);
    expect(await reported("after")).toBe(1);
    await reports.close();
  });

  it("only lists are UNAVAILABLE while the replica is down", async () => {
    await node.close();
    const nowhere = new URL(replica.on(url));
    nowhere.port = "1";
    node = await startNode(await openPostgres(url, { replica: nowhere.href }));
    expect(await codeOf(names())).toBe("UNAVAILABLE");
    const { id } = await node.create({ name: "made meanwhile" });
    expect((await node.get(id)).name).toBe("made meanwhile");
  });
});

describe("with a direct address", () => {
  it("migrations use it, so that the user of the usual address needs no right to run them", async () => {
    const url = await server.createDatabase();
    await sql(
      url,
      `create role servant login password 'servant';
       grant usage on schema public to servant;
       alter default privileges in schema public grant select, insert, update, delete on tables to servant;
       alter default privileges in schema public grant usage on sequences to servant`,
    );
    const usual = new URL(url);
    usual.username = usual.password = "servant";
    await expect(openPostgres(usual.href)).rejects.toThrow("permission denied");
    const node = await startNode(await openPostgres(usual.href, { direct: url }));
    const { id } = await node.create({ name: "made by the servant" });
    expect((await node.update(id, { name: "changed" })).version).toBe(2);
    await node.close();
    await expect(openPostgres(usual.href))
      .resolves.toMatchObject({})
      .then(() => undefined);
  });
});
