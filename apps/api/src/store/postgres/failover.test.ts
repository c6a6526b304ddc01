import { customerFields, parseUpdate, type Actor } from "@roster/domain";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startReplica, type PostgresReplica } from "../../testing/postgres-replica.ts";
import { startOwnPostgres, type OwnPostgresServer } from "../../testing/postgres-server.ts";
import { startProxy, type TcpProxy } from "../../testing/tcp-proxy.ts";
import type { CopiedTable } from "../copied-tables.ts";
import { readAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { postgresOperations } from "./postgres-operations.ts";
import { openPostgres } from "./postgres-database.ts";

/** Nodes whose address comes to lead to another server: a standby, or a promoted standby. */

/** Time enough for a busy machine. */

let server: OwnPostgresServer;
let standby: PostgresReplica;
let proxy: TcpProxy;
let node: Node;
/** The database's addresses on the first server, on the standby, and through the proxy. */
let url: string;
let there: string;
let through: string;
beforeAll(async () => {
  server = await startOwnPostgres();
  url = await server.createDatabase();
  await (await openPostgres(url)).close();
  standby = await startReplica(server);
  there = standby.on(url);
});
afterAll(async () => {
  await standby.dispose();
  await server.dispose();
});

beforeEach(async () => {
  proxy = await startProxy(url);
  const address = new URL(url);
  address.port = String(proxy.port);
  through = address.href;
  node = await startNode(await openPostgres(through));
});
afterEach(async () => {
  await node.close();
  await proxy.close();
});

const portOf = (of: string): number => Number(new URL(of).port);

async function sql(at: string, text: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: at });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

/** Ends sessions of Roster. @param which a condition on `pg_stat_activity` that selects them */
const endSessions = (at: string, which = "true") =>
  sql(
    at,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'roster' and datname = current_database() and (${which})`,
  );
/** The session whose last statement was a commit is the one for writes. */
const forWrites = "query = 'commit'";

const isApplied = async () => {
  const [[lsn] = []] = (await sql(url, "select pg_current_wal_lsn()::text")) as string[][];
  const reached = async () => (await sql(there, `select pg_last_wal_replay_lsn() >= '${lsn}'`))[0]?.[0];
  await expect.poll(reached).toBe(true);
};

describe("a node whose address leads to a standby", () => {
  it("neither writes nor reads there, and works again with the first request after the address leads to a primary", async () => {
    const { id } = await node.create({ name: "before" });
    await isApplied();
    proxy.leadTo(there);
    // Existing sessions stay on the first server: nothing has changed for this node.
    expect(await codeOf(node.update(id, { name: "kept" }))).toBe("fine");
    await endSessions(url);
    expect(await codeOf(node.update(id, { name: "refused" }))).toBe("UNAVAILABLE");
    expect(await codeOf(node.get(id))).toBe("UNAVAILABLE");
    expect(await codeOf(node.commits.check())).toBe("UNAVAILABLE");

    proxy.leadTo(url);
    expect(await codeOf(node.update(id, { name: "after" }))).toBe("fine");
    expect((await node.get(id)).name).toBe("after");
  });

  it("is notified of other nodes' changes again once the address leads to a primary", async () => {
    const other = await startNode(await openPostgres(url));
    try {
      let heard = 0;
      node.database.signals?.listen(() => heard++);
      other.database.signals?.listen(() => undefined);
      const tellsOf = async () => {
        const before = heard;
        await expect
          .poll(() => {
            other.database.signals?.announce();
            return heard;
          })
          .toBeGreaterThan(before + 1);
      };
      await tellsOf();
      proxy.leadTo(there);
      await endSessions(url, "query like '%pg_notify%' or query like '%listen%'");
      proxy.leadTo(url);
      await tellsOf();
    } finally {
      await other.close();
    }
  });

  it("does not start, and runs no migrations there", async () => {
    await expect(openPostgres(there)).rejects.toThrow("the server is a standby, not the primary");
  });

  it("can be inspected and copied by the operator's commands, but not migrated or filled", async () => {
    const operations = postgresOperations(there);
    expect(await operations.migrationState()).toMatchObject({ pending: [] });
    const snapshot = await operations.snapshot();
    expect(await snapshot.count({ name: "tenants" } as CopiedTable)).toBe(1);
    await snapshot.close();
    await expect(operations.migrate()).rejects.toThrow("is a standby");
    await expect(operations.fill()).rejects.toThrow("is a standby");
  });

  it.each(["begin isolation level read committed read write", "delete from customers"])(
    "gives up a connection on which the server refuses: %s",
    async (text) => {
      const connection = await Connection.open(readAddress(there));
      await expect(connection.script(text)).rejects.toThrow();
      expect(connection.lost).toBe(true);
      await connection.close();
    },
  );

  it("keeps a connection on which a trigger raises the errors of a standby", async () => {
    const connection = await Connection.open(readAddress(url));
    for (const state of ["25006", "0A000"]) {
      const raise = `do $$ begin raise exception 'no' using errcode = '${state}'; end $$`;
      await expect(connection.script(raise)).rejects.toThrow("no");
    }
    expect(connection.lost).toBe(false);
    await connection.close();
  });
});

describe("an address of several servers", () => {
  const both = (first: string, second: string, more = "") => {
    const { port } = new URL(second);
    return `${first.replace(/@([^/]+)/, `@$1,127.0.0.1:${port}`)}${more}`;
  };
  const portIs = async (address: string) => {
    const connection = await Connection.open(readAddress(address));
    const { rows } = await connection.run("select current_setting('port')");
    await connection.close();
    return Number(rows[0]?.[0]);
  };

  it("leads to the primary, whatever the order of the servers", async () => {
    for (const address of [both(url, there), both(there, url)]) {
      const several = await startNode(await openPostgres(address));
      const { id } = await several.create({ name: "it" });
      expect((await several.get(id)).name).toBe("it");
      await several.close();
    }
  });

  it("leads past a server that is down", async () => {
    const nowhere = new URL(url);
    nowhere.port = "1";
    expect(await portIs(both(nowhere.href, url))).toBe(portOf(url));
    await expect(portIs(nowhere.href)).rejects.toThrow("ECONNREFUSED");
  });

  it.each([
    ["any", () => portOf(there)],
    ["standby", () => portOf(there)],
    ["prefer-standby", () => portOf(there)],
    ["read-only", () => portOf(there)],
    ["primary", () => portOf(url)],
    ["read-write", () => portOf(url)],
  ])("leads to a server in the required state: %s", async (target, port) => {
    expect(await portIs(both(there, url, `?target_session_attrs=${target}`))).toBe(port());
  });

  it("leads to the primary if a standby is preferred and there is none", async () => {
    expect(await portIs(`${url}?target_session_attrs=prefer-standby`)).toBe(portOf(url));
    await expect(portIs(`${url}?target_session_attrs=standby`)).rejects.toThrow(
      "is the primary, not a standby",
    );
  });

  it("fails with a reason for each server if none is suitable, and does not try a wrong password elsewhere", async () => {
    const nowhere = new URL(url);
    nowhere.port = "1";
    await expect(openPostgres(both(there, nowhere.href))).rejects.toThrow(
      new RegExp(`:${portOf(there)}: the server is a standby, .+; 127\\.0\\.0\\.1:1: connect ECONNREFUSED`),
    );
    const wrong = new URL(there);
    wrong.password = "wrong";
    await expect(openPostgres(both(wrong.href, url))).rejects.toThrow(/^password authentication failed/);
  });
});

// This must come last: afterwards there are two primaries.
describe("a node whose sessions stay on an old primary after a standby is promoted", () => {
  const keyed = (key: string): Actor => ({ ...actor, idempotency: { key, fingerprint: key } });

  it("reads only from the successor once it has written there", async () => {
    const { id } = await node.create({ name: "1" });
    await Promise.all(Array.from({ length: 20 }, () => node.get(id)));
    await isApplied();
    await sql(there, "select pg_promote()");
    proxy.leadTo(there);
    const other = await startNode(await openPostgres(there));
    await other.update(id, { name: "2" });
    await other.update(id, { name: "3" });
    expect(await node.get(id)).toMatchObject({ version: 1 });

    let heard = 0;
    node.database.signals?.listen(() => heard++);
    other.database.signals?.listen(() => undefined);
    await expect.poll(() => heard).toBeGreaterThan(0);
    expect(await endSessions(url, forWrites)).toHaveLength(1);
    const update = parseUpdate(customerFields, { where: { id }, patch: { name: "4" } });
    expect(await node.roster.customer.update(keyed("a"), update)).toMatchObject({ version: 4 });
    const read = await Promise.all(Array.from({ length: 20 }, () => node.get(id)));
    expect(read.map(({ version }) => version)).toEqual(read.map(() => 4));
    // The node now listens to the successor, too.
    const before = heard;
    await expect
      .poll(() => {
        other.database.signals?.announce();
        return heard;
      })
      .toBeGreaterThan(before + 1);
    await other.close();
  });

  it("writes to the successor although a transaction on the old one never lets the tenant go", async () => {
    await node.create({ name: "here" });
    const moving = await startNode(await openPostgres(through, {}, { answerTimeout: 2_000 }), {
      patience: 1_000,
    });
    const holder = new Client({ connectionString: url });
    await holder.connect();
    try {
      await expect.poll(() => codeOf(moving.create({ name: "here, too" }))).toBe("fine");
      await holder.query("begin; select from tenant_counters for update");
      proxy.leadTo(there);
      await expect.poll(() => codeOf(moving.create({ name: "there" }))).toBe("fine");
      expect(await sql(there, "select from customers where name = 'there'")).toHaveLength(1);
    } finally {
      await holder.end();
      await moving.close();
    }
  });
});
