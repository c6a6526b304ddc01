import { setTimeout as pause } from "node:timers/promises";
import type BetterSqlite from "better-sqlite3";
import {
  migrationsTable,
  migrationStateOf,
  refuseUnknown,
  type MigrationState,
} from "../migrations/state.ts";
import { Connection } from "./connection.ts";
import { makeDatabaseFile } from "./database-file.ts";

/** How long processes that start at the same time wait for each other, in milliseconds. */
const patience = 30_000;

/**
 * Creates a file if it does not exist, and runs its pending migrations once, however many processes start at
 * the same time.
 *
 * @throws Error if the file cannot be opened or written, is not a database, or was made by a newer program or
 *   another one
 */
export async function migrate(file: string): Promise<void> {
  makeDatabaseFile(file);
  const end = performance.now() + patience;
  for (;;) {
    const connection = new Connection(file);
    try {
      const state = migrationState(connection.handle);
      refuseUnknown(state);
      refuseForeign(connection.handle);
      connection.handle.pragma("journal_mode = WAL");
      if (state.pending.length > 0) await runMigrations(file);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    } finally {
      connection.handle.close();
    }
    await pause(50 * Math.random());
  }
}

/**
 * One statement, so that what another start makes meanwhile is seen as a whole or not at all.
 * @throws Error if there are tables in a database that no migration has made: its path is that of another one
 */
function refuseForeign(handle: BetterSqlite.Database): void {
  const table = handle
    .prepare(
      `select name from sqlite_master where type = 'table' and name <> 'sqlite_sequence'
       and not exists (select 1 from sqlite_master where type = 'table' and name = ?) limit 1`,
    )
    .pluck()
    .get(migrationsTable) as string | undefined;
  if (table !== undefined) throw new Error(`it is the database of another program: it has a table ${table}`);
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

/** The migrations that a database has and lacks. */
export function migrationState(handle: BetterSqlite.Database): MigrationState {
  const exists = handle
    .prepare("select 1 from sqlite_master where type = 'table' and name = ?")
    .get(migrationsTable);
  return migrationStateOf(
    exists
      ? (handle.prepare(`select name from ${migrationsTable} order by id`).pluck().all() as string[])
      : [],
  );
}

/**
 * Runs the pending migrations in one transaction. MikroORM is loaded only here.
 * @throws Error SQLITE_BUSY, at once, if another process is writing, possibly the same migrations
 */
async function runMigrations(file: string): Promise<void> {
  const [{ MikroORM }, { migratorConfig }] = await Promise.all([
    import("@mikro-orm/sqlite"),
    import("../migrations/run.ts"),
  ]);
  const config = await migratorConfig("sqlite");
  const orm = await MikroORM.init({ ...config, dbName: file, driverOptions: { timeout: 0 } });
  try {
    // The migrator reads the state and creates its own table before it begins a transaction.
    const handle = await orm.em.getConnection().getNativeClient();
    handle.exec("begin immediate");
    await orm.migrator.up();
    handle.exec("commit");
  } finally {
    // Closing the connection rolls an open transaction back.
    await orm.close();
  }
}
