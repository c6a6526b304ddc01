import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { RecordType, StoredRecords } from "@roster/domain";
import type { Database, TenantReader, WriteTransaction } from "../database.ts";
import { columnList, decodeRow } from "../rows.ts";
import { Connection } from "./connection.ts";
import { listIds } from "./list.ts";
import { migrate, migrationState } from "./migrate.ts";
import { ancestors, find, history, logAfter } from "./queries.ts";
import { beginTransaction, type WriteAheadLog } from "./transaction.ts";

/**
 * Opens an SQLite file, makes it where there is none, and brings its schema up to date.
 *
 * Writes have one connection and reads another: in WAL mode reads see the latest commit and never
 * wait. The one for reads refuses writes, so that nothing can be written past GroupCommit.
 *
 * @throws Error when the file cannot be opened, is no database, or is newer than this program
 */
export async function openSqlite(file: string): Promise<Database> {
  if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
  const writer = new Connection(file);
  try {
    writer.handle.pragma("journal_mode = WAL");
    const { pending, unknown } = migrationState(writer.handle);
    if (unknown.length > 0) {
      throw new Error(`the database is newer than this program: it has the migration ${unknown.join(", ")}`);
    }
    if (pending.length > 0) await migrate(file);
    return sqliteDatabase(writer, new Connection(file, { readonly: true }));
  } catch (error) {
    writer.handle.close();
    throw error;
  }
}

/** For how long a transaction waits for other processes that write, in milliseconds. */
const lockPatience = 5_000;

/**
 * A database whose schema is up to date, on a connection for writes and one for reads.
 * @param patience for how long a transaction waits for other processes that write, in milliseconds
 */
export function sqliteDatabase(writer: Connection, reader: Connection, patience = lockPatience): Database {
  // SQLite would wait for a lock with the whole process standing still.
  writer.handle.pragma("busy_timeout = 0");
  // Who died before its log was emptied may have left something in it.
  const wal: WriteAheadLog = { tainted: true };
  return {
    begin: () => beginInTurn(writer, wal, patience),
    tenant: (number) => tenantReader(reader, number),
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
    isEmpty: async () => reader.get("select 1 from tenants limit 1") === undefined,
    ping: async () => void reader.get("select 1 from tenants limit 1"),
    violated(error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY") return "unique";
      return code.startsWith("SQLITE_CONSTRAINT") ? "other" : undefined;
    },
    async close() {
      reader.handle.close();
      writer.handle.close();
    },
  };
}

/**
 * Begins a transaction when no other process writes. The pauses between attempts grow, and a part of
 * each is left to chance, so that two processes don't keep in step.
 */
async function beginInTurn(
  writer: Connection,
  wal: WriteAheadLog,
  patience: number,
): Promise<WriteTransaction> {
  const end = performance.now() + patience;
  for (let longest = 2; ; longest = Math.min(longest * 2, 50)) {
    try {
      return beginTransaction(writer, wal);
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    }
    await pause(longest * Math.random());
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

const tenantReader = (connection: Connection, tenant: number): TenantReader => ({
  find: async (type, where) => find(connection, tenant, type, where),
  ancestors: async (id) => ancestors(connection, tenant, id),
  async list<T extends RecordType>(type: T, query: Parameters<TenantReader["list"]>[1]) {
    const { ids, next } = listIds(connection, tenant, type, query);
    const items = ids.map(
      (id) => find(connection, tenant, type, { field: "id", value: id }) as StoredRecords[T],
    );
    return { items, next };
  },
  logAfter: async (id, moment) => logAfter(connection, tenant, id, moment),
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
  history: async (id, before = Number.MAX_SAFE_INTEGER, limit) =>
    history(connection, tenant, id, before, limit),
});
