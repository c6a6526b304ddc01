import type BetterSqlite from "better-sqlite3";
import { migrationStateOf, type MigrationState } from "../migration-state.ts";

/**
 * The migrations of an SQLite database, oldest first, by the names under which they are recorded.
 * A name is never changed and a migration never edited once it is released.
 */
const migrations = {
  "0001-records": async () => (await import("./migrations/0001-records.ts")).Records,
  "0002-webhooks": async () => (await import("./migrations/0002-webhooks.ts")).Webhooks,
  "0003-lease-epoch": async () => (await import("./migrations/0003-lease-epoch.ts")).LeaseEpoch,
  "0004-names": async () => (await import("./migrations/0004-names.ts")).Names,
  "0005-as-written": async () => (await import("./migrations/0005-as-written.ts")).AsWritten,
  "0006-phone-as-written": async () => (await import("./migrations/0006-phone-as-written.ts")).PhoneAsWritten,
};

const table = "migrations";

/** Which migrations a database has, and lacks. */
export function migrationState(handle: BetterSqlite.Database): MigrationState {
  const exists = handle.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(table);
  const done = exists
    ? (handle.prepare(`select name from ${table} order by id`).pluck().all() as string[])
    : [];
  return migrationStateOf(Object.keys(migrations), done);
}

/** The state of a database that is not there yet. */
export const noMigrations = (): MigrationState => migrationStateOf(Object.keys(migrations), []);

/**
 * Runs the pending migrations, all in one transaction. MikroORM is loaded only here.
 * @throws Error SQLITE_BUSY, at once, while somebody else writes; they may be at the same migrations
 */
export async function migrate(file: string): Promise<void> {
  const [{ MikroORM }, { Migrator }, { entitiesOf, sqliteTypes }] = await Promise.all([
    import("@mikro-orm/sqlite"),
    import("@mikro-orm/migrations"),
    import("../entities.ts"),
  ]);
  const orm = await MikroORM.init({
    dbName: file,
    driverOptions: { timeout: 0 },
    entities: entitiesOf(sqliteTypes),
    extensions: [Migrator],
    migrations: {
      tableName: table,
      snapshot: false,
      silent: true,
      allOrNothing: false,
      transactional: false,
      migrationsList: await Promise.all(
        Object.entries(migrations).map(async ([name, load]) => ({ name, class: await load() })),
      ),
    },
  });
  try {
    // The migrator looks what is to be done, and makes its own table, before it begins a transaction.
    const handle = await orm.em.getConnection().getNativeClient();
    handle.exec("begin immediate");
    await orm.migrator.up();
    handle.exec("commit");
  } finally {
    // Closed with a transaction open, it has done nothing.
    await orm.close();
  }
}
