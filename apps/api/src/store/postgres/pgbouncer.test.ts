import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { groupCommitCases } from "../../testing/group-commit.cases.ts";
import { codeOf, startNode } from "../../testing/node.ts";
import { hasPgBouncer, startPgBouncer, type PgBouncer } from "../../testing/pgbouncer.ts";
import { startReplica } from "../../testing/postgres-replica.ts";
import { startOwnPostgres, startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import {
  migratedDatabases,
  postgresTestDatabase,
  type PostgresTestDatabase,
} from "../../testing/postgres-test-database.ts";
import { startProxy } from "../../testing/tcp-proxy.ts";
import { readPrimaryAddress } from "./address.ts";
import { openPostgres } from "./postgres-database.ts";
import { Reader } from "./reader.ts";

/** Roster through PgBouncer, which gives each transaction any of its few connections. */

if (hasPgBouncer) {
  let server: PostgresServer;
  let pooler: PgBouncer;
  let make: () => Promise<PostgresTestDatabase>;
  beforeAll(async () => {
    server = await startPostgres();
    // Fewer connections than one node opens.
    pooler = await startPgBouncer(server.url, 3);
    make = await migratedDatabases(server);
  });
  afterAll(async () => {
    await pooler.dispose();
    await server.dispose();
  });
  const throughPooler = (test: PostgresTestDatabase): PostgresTestDatabase => ({
    ...test,
    open: () => openPostgres(pooler.through(test.url)),
  });

  describe("through PgBouncer in transaction mode", () => {
    groupCommitCases(async () => throughPooler(await make()));

    it("nodes that start at once on an empty database migrate it once", async () => {
      const test = throughPooler(await postgresTestDatabase(server));
      const databases = await Promise.all([test.open(), test.open(), test.open()]);
      await Promise.all(databases.map((database) => database.close()));
      const names = (await test.sql("select name from migrations")).map(([name]) => name);
      expect(names).toEqual([...new Set(names)]);
      expect(names).toContain("0001-records");
    });

    it("two nodes that read and write at once lose nothing, and no read sees half a change", async () => {
      const test = throughPooler(await make());
      const one = await startNode(await test.open());
      const two = await startNode(await test.open());
      const { id } = await one.create({ name: "0", properties: {} });
      const read = await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          const node = i % 2 ? one : two;
          if (i % 4 > 1) return node.get(id);
          await node.update(id, { properties: { [`k${i}`]: i } });
          return undefined;
        }),
      );
      for (const record of read) {
        if (record) expect(Object.keys(record.properties ?? {})).toHaveLength(record.version - 1);
      }
      expect(Object.keys((await two.get(id)).properties ?? {})).toHaveLength(100);
      await Promise.all([one.close(), two.close()]);
    });

    it("reads refuse to write, and leave no settings behind on the connection", async () => {
      const test = await make();
      const reader = new Reader(readPrimaryAddress(pooler.through(test.url)));
      const tries = Array.from({ length: 20 }, () => codeOf(reader.all("delete from customers")));
      expect(new Set(await Promise.all(tries))).toEqual(new Set(["UNAVAILABLE"]));
      const found = await Promise.all(
        Array.from({ length: 20 }, () => reader.all("select 1 from migrations limit 1")),
      );
      expect(found).toEqual(found.map(() => [[1]]));
      await reader.close();
      const other = new Reader(readPrimaryAddress(pooler.through(test.url)), { connections: 1 });
      // Settings for reads apply to their transaction only.
      const settings = await other.all(
        "select name, source from pg_settings where source = 'session' and name like 'enable%'",
      );
      expect(settings.filter(([, source]) => source === "session")).toHaveLength(4);
      await other.close();
    });

    it("a node neither reads nor writes on a standby, and works again once PgBouncer leads to a primary", async () => {
      const own = await startOwnPostgres();
      const url = await own.createDatabase();
      await (await openPostgres(url)).close();
      const standby = await startReplica(own);
      const proxy = await startProxy(url);
      const behind = new URL(own.url);
      behind.port = String(proxy.port);
      const before = await startPgBouncer(behind.href, 3);
      const node = await startNode(await openPostgres(before.through(url)));
      /** Makes the pooler reconnect, while its own clients stay connected. */
      const leadTo = async (next: string, from: string) => {
        proxy.leadTo(next);
        const client = new Client({ connectionString: from });
        await client.connect();
        await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        );
        await client.end();
      };
      try {
        const { id } = await node.create({ name: "before" });
        await leadTo(standby.on(url), url);
        const attempt = async () => [
          await codeOf(node.get(id)),
          await codeOf(node.update(id, { name: "it" })),
        ];
        for (const _ of [1, 2, 3]) expect(await attempt()).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
        await leadTo(url, standby.on(url));
        await expect.poll(attempt).toEqual(["fine", "fine"]);
      } finally {
        await node.close();
        await before.dispose();
        await proxy.close();
        await standby.dispose();
        await own.dispose();
      }
    });

    it("a crash of PostgreSQL loses no acknowledged change and stores no refused one, and the node recovers by itself", async () => {
      const own = await startOwnPostgres();
      const before = await startPgBouncer(own.url, 3);
      const node = await startNode(await openPostgres(before.through(await own.createDatabase())));
      try {
        const { id } = await node.create({ properties: {} });
        const outcomes: unknown[] = [];
        const end = new AbortController();
        const clients = Array.from({ length: 4 }, async (_, client) => {
          for (let i = 0; !end.signal.aborted; i++) {
            outcomes.push(await codeOf(node.update(id, { properties: { [`k${client}`]: i } })));
            await pause(1);
          }
        });
        await pause(200);
        await own.stop("immediate");
        await pause(200);
        await own.start();
        // PgBouncer retries once a second here; by default it waits 15 seconds.
        await expect.poll(() => codeOf(node.update(id, {}))).toBe("fine");
        end.abort();
        await Promise.all(clients);
        expect(["fine", "UNAVAILABLE", "UNCERTAIN"]).toEqual(expect.arrayContaining([...new Set(outcomes)]));
        const { version } = await node.get(id);
        const fine = outcomes.filter((outcome) => outcome === "fine").length;
        const uncertain = outcomes.filter((outcome) => outcome === "UNCERTAIN").length;
        expect(version - 1).toBeGreaterThanOrEqual(fine);
        expect(version - 1).toBeLessThanOrEqual(fine + uncertain);
      } finally {
        await node.close();
        await before.dispose();
        await own.dispose();
      }
    });
  });
} else {
  it("PgBouncer is not installed here, so its tests do not run", () => {
    expect(hasPgBouncer).toBe(false);
  });
}
