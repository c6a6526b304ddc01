import { setTimeout as pause } from "node:timers/promises";
import { customerFields, parseMany, type ChangeEntryJson } from "@roster/domain";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Hub } from "../../change/hub.ts";
import { actor, startNode, type Node } from "../../testing/node.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { migratedDatabases, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";
import type { Database } from "../database.ts";

/** Changes of one node, as another node sees them. */

let server: PostgresServer;
let make: () => Promise<PostgresTestDatabase>;
beforeAll(async () => {
  server = await startPostgres();
  make = await migratedDatabases(server);
});
afterAll(() => server.dispose());

let test: PostgresTestDatabase;
let nodes: Node[];
beforeEach(async () => {
  test = await make();
  nodes = [await startNode(slow(await test.open())), await startNode(slow(await test.open()))];
});
afterEach(() => Promise.all(nodes.map((node) => node.close())));

/** How long a transaction with all its writes stays open before it commits, in milliseconds. */
let held = () => 0;
const slow = (database: Database): Database => ({
  ...database,
  begin() {
    const transaction = database.begin();
    return {
      ...transaction,
      async commit() {
        await pause(held());
        await transaction.commit();
      },
    };
  },
});

const databaseOf = (i: number): Database => {
  const node = nodes[i];
  if (!node) throw new Error(`there is no node ${i}`);
  return node.database;
};
const everything = { types: undefined, ids: undefined, show: (change: ChangeEntryJson) => change };

describe("changes that two nodes make in slow transactions", () => {
  it("become visible in the order of their seq, never one before an earlier one", async () => {
    held = () => 60 * Math.random();
    const records = await Promise.all(nodes.map((node) => node.create()));
    const [first, second] = nodes as [Node, Node];
    let writing = true;
    const writers = Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const node = i % 2 ? first : second;
        await pause(i * 15);
        await node.update(records[i % 2]?.id ?? "", { name: `${i}` });
      }),
    ).finally(() => (writing = false));

    /** Reads as a polling client does, which trusts each answer. */
    const poll = async (database: Database): Promise<ChangeEntryJson[]> => {
      const seen: ChangeEntryJson[] = [];
      for (let again = true, after = 0; again;) {
        again = writing;
        const last = (await database.lastSeqs([1])).get(1) ?? 0;
        const { items, seq } = await database
          .tenant(1)
          .changes({ ...everything, after, upTo: last, limit: 3, enough: 1_000_000 });
        again ||= seq < last;
        seen.push(...items);
        after = seq;
      }
      return seen;
    };
    /** Reads as a client of the change stream does. */
    const watch = async (database: Database): Promise<number[]> => {
      const hub = new Hub(database, { poll: 5, heartbeat: 20 });
      const watcher = hub.watch(1, { after: 0, wanted: everything, allowed: async () => undefined });
      const seen: number[] = [];
      for (let again = true; again;) {
        again = writing || watcher.seq < ((await database.lastSeqs([1])).get(1) ?? 0);
        for (const { seq } of (await watcher.next())?.entries ?? []) seen.push(seq);
      }
      hub.close();
      return seen;
    };
    const [one, two, ...watched] = await Promise.all([
      poll(databaseOf(0)),
      poll(databaseOf(1)),
      watch(databaseOf(0)),
      watch(databaseOf(1)),
      writers,
    ]);
    const last = (await databaseOf(0).lastSeqs([1])).get(1) as number;
    const all = Array.from({ length: last }, (_, i) => i + 1);
    expect(last).toBeGreaterThanOrEqual(64);
    expect(one.map(({ seq }) => seq)).toEqual(all);
    expect(two).toEqual(one);
    for (const seen of watched.slice(0, 2)) expect(seen).toEqual(all);
  });
});

describe("a step through the log", () => {
  it("ends when it is large enough, by the database's count of bytes, and leaves nothing out", async () => {
    const [node] = nodes as [Node];
    const { id } = await node.create();
    const items = Array.from({ length: 10 }, (_, i) => ({
      where: { id },
      patch: { properties: { text: `${i}€`.repeat(1_000) } },
    }));
    await node.roster.customer.updateMany(actor, parseMany(customerFields, { items }));
    const upTo = (await node.database.lastSeqs([1])).get(1) as number;
    const seen: number[] = [];
    let steps = 0;
    for (let after = 0; after < upTo; steps++) {
      const query = { ...everything, after, upTo, limit: 100, enough: 12_000 };
      const { items: found, seq } = await node.database.tenant(1).changes(query);
      seen.push(...found.map((entry) => entry.seq));
      after = seq;
    }
    expect(seen).toEqual(Array.from({ length: upTo }, (_, i) => i + 1));
    expect(steps).toBeGreaterThan(3);
  });
});

describe("nodes notify each other", () => {
  it("but not themselves of new changes, also after their connections were lost", async () => {
    const heard = { itself: 0, other: 0 };
    databaseOf(0).signals?.listen(() => heard.itself++);
    databaseOf(1).signals?.listen(() => heard.other++);
    /** Announces at one node until the other hears of it. @returns milliseconds */
    const announce = async (): Promise<number> => {
      const before = heard.other;
      const begun = performance.now();
      while (heard.other === before) {
        databaseOf(0).signals?.announce();
        await pause(10);
      }
      return performance.now() - begun;
    };
    /** Announces until the other node hears at once, as a connection that works lets it. */
    const announceQuickly = async (): Promise<void> => {
      let least = Infinity;
      for (let attempt = 0; attempt < 5 && least >= 500; attempt++) least = Math.min(least, await announce());
      expect(least).toBeLessThan(500);
    };
    await announce();
    // Each node hears once when its connection is made.
    while (heard.itself === 0) await pause(5);
    const own = heard.itself;
    await announceQuickly();
    expect(heard.itself).toBe(own);
    await test.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%listen%' and pid <> pg_backend_pid() and datname = current_database()",
    );
    await test.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_notify%' and pid <> pg_backend_pid() and datname = current_database()",
    );
    while (heard.itself === own) await pause(10);
    await announce();
    await announceQuickly();
  });
});
