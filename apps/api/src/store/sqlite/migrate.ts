import type BetterSqlite from "better-sqlite3";

/**
 * The migrations of an SQLite database, oldest first, by the names under which they are recorded.
 * A name is never changed and a migration never edited once it is released.
 */
const migrations = {
  "0001-records": async () => (await import("./migrations/0001-records.ts")).Records,
};

const table = "migrations";

/** Which migrations a database lacks, and which it has that this program does not know. */
export function migrationState(handle: BetterSqlite.Database): { pending: string[]; unknown: string[] } {
  const exists = handle.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(table);
  const done = new Set(exists ? (handle.prepare(`select name from ${table}`).pluck().all() as string[]) : []);
  const known = Object.keys(migrations);
  return {
    pending: known.filter((name) => !done.has(name)),
    unknown: [...done].filter((name) => !known.includes(name)),
  };
}

/** Runs the pending migrations, all in one transaction. MikroORM is loaded only here. */
export async function migrate(file: string): Promise<void> {
  const [{ MikroORM }, { Migrator }, { entitiesOf, sqliteTypes }] = await Promise.all([
    import("@mikro-orm/sqlite"),
    import("@mikro-orm/migrations"),
    import("../entities.ts"),
  ]);
  const orm = await MikroORM.init({
    dbName: file,
    entities: entitiesOf(sqliteTypes),
    extensions: [Migrator],
    migrations: {
      tableName: table,
      snapshot: false,
      silent: true,
      allOrNothing: true,
      migrationsList: await Promise.all(
        Object.entries(migrations).map(async ([name, load]) => ({ name, class: await load() })),
      ),
    },
  });
  try {
    await orm.migrator.up();
  } finally {
    await orm.close();
  }
}
