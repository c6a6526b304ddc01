import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordType, StoredRecords } from "@roster/domain";
import type { Database, TenantReader } from "../database.ts";
import { giveWay } from "../give-way.ts";
import { columnList, decodeRow } from "../rows.ts";
import { changes, lastSeqs } from "./changes.ts";
import { Connection } from "./connection.ts";
import { deliveryOverview, deliveryReader } from "./deliveries.ts";
import { listIds } from "./list.ts";
import { migrate } from "./migrate.ts";
import { ancestors, ask, find, history, logAfter } from "./queries.ts";
import { openTransaction, taintedLog } from "./transaction.ts";
import { Writer } from "./writer.ts";

/**
 * Opens an SQLite file, makes it where there is none, and brings its schema up to date.
 *
 * Writes have one connection and reads another: in WAL mode reads see the latest commit and never
 * wait. The one for reads refuses writes, so that nothing can be written past GroupCommit.
 *
 * @throws Error when the file cannot be opened, is no database, or is newer than this program
 */
export async function openSqlite(file: string): Promise<Database> {
  await migrate(file);
  return sqliteDatabase(new Writer(file), new Connection(file, { readonly: true }));
}

/**
 * A database of its own, for tests: a file that nobody else knows, which goes when it is closed or the
 * process ends. A database in memory would be another one for each connection, or lock whole tables.
 */
export async function openTemporarySqlite(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "roster-memory-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const database = await openSqlite(join(folder, "roster.db"));
  return {
    ...database,
    async close() {
      await database.close();
      process.off("exit", remove);
      remove();
    },
  };
}

/** A database whose schema is up to date, on a connection for writes and one for reads. */
export function sqliteDatabase(writer: Writer, reader: Connection): Database {
  // Who died before its log was emptied may have left something in it.
  const wal = taintedLog();
  return {
    begin: () => openTransaction(writer, wal),
    tenant: (number) => tenantReader(reader, number),
    laggingTenant: (number) => tenantReader(reader, number),
    async tokenByHash(hash) {
      const row = reader.get(
        `select ${columnList("token", "k")}, ${columnList("tenant", "t")}
         from tokens k join tenants t on t.tenant = k.tenant where k.hash = ? and k.deleted_at is null`,
        hash,
      );
      if (!row) return undefined;
      const token = decodeRow<StoredRecords["token"]>("token", row);
      return { token, tenant: decodeRow("tenant", row.slice(Object.keys(token).length)) };
    },
    tenants: async (after, limit) =>
      reader
        .all(
          `select ${columnList("tenant")} from tenants where number > ? order by number limit ?`,
          after,
          limit,
        )
        .map((row) => decodeRow("tenant", row)),
    deliveries: deliveryOverview(reader),
    lastSeqs: async (tenants) => lastSeqs(reader, tenants),
    isEmpty: async () => reader.get("select 1 from tenants limit 1") === undefined,
    async ping() {
      writer.files.check();
      reader.get("select 1 from tenants limit 1");
    },
    async close() {
      reader.handle.close();
      await writer.close();
    },
  };
}

/** Does a read when it is its turn: SQLite keeps the event loop while it reads. */
async function inTurn<R>(read: () => R): Promise<R> {
  await giveWay();
  return read();
}

const tenantReader = (connection: Connection, tenant: number): TenantReader => ({
  deliveries: deliveryReader(connection, tenant),
  find: (type, where) => inTurn(() => ask(connection, find(tenant, type, where))),
  ancestors: (id) => inTurn(() => ask(connection, ancestors(tenant, id))),
  list: <T extends RecordType>(type: T, query: Parameters<TenantReader["list"]>[1]) =>
    inTurn(() => {
      const { ids, next } = listIds(connection, tenant, type, query);
      const items = ids.map(
        (id) => ask(connection, find(tenant, type, { field: "id", value: id })) as StoredRecords[T],
      );
      return { items, next };
    }),
  logAfter: (id, moment) => inTurn(() => ask(connection, logAfter(tenant, id, moment))),
  mergedInto: async (id) =>
    connection
      .all(
        "select record_id from search_terms where tenant = ? and record_type = 'customer' and field = 'mergedInto' and term = ?",
        tenant,
        id,
      )
      .map(([merged]) => merged as string),
  keys: async (id) =>
    connection
      .all(
        "select k.key, k.at from idempotency_records r join idempotency_keys k on k.tenant = r.tenant and k.key = r.key where r.tenant = ? and r.record_id = ?",
        tenant,
        id,
      )
      .map(([key, at]) => ({ key: key as string, at: at as string })),
  history: (id, before = Number.MAX_SAFE_INTEGER, limit) =>
    inTurn(() => ask(connection, history(tenant, id, before, limit))),
  changes: (query) => inTurn(() => changes(connection, tenant, query)),
});
