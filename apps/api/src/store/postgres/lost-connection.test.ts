import { setTimeout as pause } from "node:timers/promises";
import { customerFields, parseCreate, parseUpdate, type Actor } from "@roster/domain";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startOwnPostgres, type OwnPostgresServer } from "../../testing/postgres-server.ts";
import { migratedDatabases, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";
import { startProxy, type TcpProxy } from "../../testing/tcp-proxy.ts";
import { openPostgres } from "./postgres-database.ts";

/** Changes while the connection to PostgreSQL, or PostgreSQL itself, is lost. */

let server: OwnPostgresServer;
let make: () => Promise<PostgresTestDatabase>;
beforeAll(async () => {
  server = await startOwnPostgres();
  make = await migratedDatabases(server);
});
afterAll(() => server.dispose());

let test: PostgresTestDatabase;
beforeEach(async () => void (test = await make()));

const keyed = (key: string): Actor => ({ ...actor, idempotency: { key, fingerprint: key } });
const create = (node: Node, key: string, input: object = {}) =>
  node.roster.customer.create(keyed(key), parseCreate(customerFields, input));
const update = (node: Node, key: string, id: string, patch: object) =>
  node.roster.customer.update(keyed(key), parseUpdate(customerFields, { where: { id }, patch }));
const count = async (table: string) => (await test.sql(`select count(*) from ${table}`))[0]?.[0];

describe("a connection that is lost", () => {
  let proxy: TcpProxy;
  let node: Node;
  beforeEach(async () => {
    const url = new URL(test.url);
    proxy = await startProxy(url);
    url.port = String(proxy.port);
    node = await startNode(await openPostgres(url.href));
  });
  afterEach(async () => {
    await node.close();
    await proxy.close();
  });

  it.each(["before", "after"] as const)(
    "as a transaction begins (%s the server receives it) is replaced, and no caller notices",
    async (when) => {
      const broken = proxy.breakAt("begin isolation level", when);
      expect(await codeOf(create(node, "a"))).toBe("fine");
      await broken;
      expect(await count("customers")).toBe(1);
    },
  );

  it.each(["before", "after"] as const)(
    "during a write (%s the server receives it) makes it UNAVAILABLE and stores nothing, and a retry succeeds at once",
    async (when) => {
      const log = await count("change_log");
      const broken = proxy.breakAt(`insert into "customers"`, when);
      const outcomes = await Promise.all([codeOf(create(node, "a")), codeOf(create(node, "b"))]);
      await broken;
      expect(outcomes).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
      expect([await count("customers"), await count("change_log")]).toEqual([0, log]);
      expect([await codeOf(create(node, "a")), await codeOf(create(node, "b"))]).toEqual(["fine", "fine"]);
      expect(await count("customers")).toBe(2);
    },
  );

  it.each([
    ["before", 0],
    ["after", 2],
  ] as const)(
    "%s the commit reaches the server makes the change UNCERTAIN, and a retry with its key takes effect once",
    async (when, stored) => {
      const broken = proxy.breakAt("commit\0", when);
      const outcomes = await Promise.allSettled([create(node, "a"), create(node, "b")]);
      await broken;
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "UNCERTAIN" } });
        expect((outcome as PromiseRejectedResult).reason.message).toContain(
          "repeat it with its idempotency key",
        );
      }
      // The server may still be committing.
      await expect.poll(() => count("customers")).toBe(stored);
      const again = await Promise.all([create(node, "a"), create(node, "b")]);
      expect(again.map((reply) => "replayed" in reply)).toEqual([stored > 0, stored > 0]);
      expect(await count("customers")).toBe(2);
      expect(await count("change_log where record_type = 'customer'")).toBe(2);
    },
  );

  it("while it is idle is replaced, and no caller notices", async () => {
    const { id } = await create(node, "a");
    const kill =
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'roster' and datname = current_database()";
    for (let i = 0; i < 3; i++) {
      expect((await test.sql(kill)).length).toBeGreaterThan(0);
      expect(await codeOf(update(node, `u${i}`, id, { name: `${i}` }))).toBe("fine");
      await test.sql(kill);
      expect((await node.get(id)).name).toBe(`${i}`);
    }
  });
});

describe("a PostgreSQL that is restarted under load", () => {
  it(
    "stores every acknowledged change once and no other twice, refuses clearly meanwhile, and is used again by itself",
    { timeout: 60_000 },
    async () => {
      const nodes = [await startNode(await test.open()), await startNode(await test.open())];
      const [one, two] = nodes as [Node, Node];
      const ids = await Promise.all(
        Array.from({ length: 8 }, async (_, i) => (await create(one, `c${i}`)).id),
      );
      const acknowledged = new Map<string, { id: string; tries: number }>();
      const refusals = new Map<unknown, number>();
      const state = { running: true };
      const client = async (name: number): Promise<void> => {
        for (let i = 0; state.running; i++) {
          const key = `${name}-${i}`;
          const id = ids.at((name + i) % ids.length) as string;
          for (let tries = 1; ; tries++) {
            // Sends the same key to alternating nodes until there is an answer.
            const outcome = await codeOf(update((name + tries) % 2 ? one : two, key, id, { name: key }));
            if (outcome === "fine") {
              acknowledged.set(key, { id, tries });
              break;
            }
            refusals.set(outcome, (refusals.get(outcome) ?? 0) + 1);
            await pause(20);
          }
        }
      };
      const reads = new Map<unknown, number>();
      const reader = async (): Promise<void> => {
        while (state.running) {
          const outcome = await codeOf(one.get(ids.at(0) as string));
          reads.set(outcome, (reads.get(outcome) ?? 0) + 1);
          await pause(5);
        }
      };
      const clients = [...Array.from({ length: 16 }, (_, i) => client(i)), reader()];
      for (const how of ["fast", "immediate", "fast", "immediate"] as const) {
        await pause(300);
        await server.stop(how);
        await pause(150);
        const before = acknowledged.size;
        await server.start();
        await expect.poll(() => acknowledged.size).toBeGreaterThan(before + 50);
      }
      state.running = false;
      await Promise.all(clients);

      expect([...refusals.keys()].filter((code) => code !== "UNAVAILABLE" && code !== "UNCERTAIN")).toEqual(
        [],
      );
      expect(new Set(reads.keys())).toEqual(new Set(["fine", "UNAVAILABLE"]));
      for (const node of nodes) await node.commits.check();
      // Each name was set once, by one log entry.
      const log = await test.sql(
        "select e->>'to', count(*) from change_log, json_array_elements(changes) e where e->>'path' = '/name' and action = 'update' group by 1",
      );
      const times = new Map(log.map(([name, n]) => [name, n]));
      expect([...times].filter(([, n]) => n !== 1)).toEqual([]);
      expect([...acknowledged.keys()].filter((key) => !times.has(key))).toEqual([]);
      const seqs = await test.sql(
        "select count(*), max(seq), (select seq from tenant_counters where tenant = 1) from change_log where tenant = 1",
      );
      expect(new Set(seqs[0])).toHaveLength(1);
      expect([...refusals.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
      await Promise.all(nodes.map((node) => node.close()));
    },
  );
});
