import type { Client } from "pg";
import {
  migrationsTable,
  migrationStateOf,
  refuseUnknown,
  type MigrationState,
} from "../migrations/state.ts";
import type { Address } from "./address.ts";
import { connect } from "./connect.ts";

/** The advisory lock, of an arbitrary number, that nodes take which start together. */
const migrationLock = 7_305_828_417;

/**
 * Makes sure that a database can be used, and runs the migrations that it lacks: once, however many
 * nodes start at the same time.
 *
 * @throws Error when the database cannot be reached, is not in UTF-8, or is of another program
 */
export async function migrate(address: Address): Promise<void> {
  // Without a limit of its own: another node may be at the migrations for long.
  const { client, url } = await connect(address, { query_timeout: 0 });
  try {
    await checkEncoding(client);
    const state = await migrationState(client);
    refuseUnknown(state);
    if (state.pending.length > 0) await runMigrations(url, client.database as string);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkEncoding(client: Client): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>("show server_encoding");
  const encoding = rows[0]?.server_encoding;
  if (encoding !== "UTF8") throw new Error(`the encoding of the database is ${encoding}; it must be UTF8`);
}

/** Which migrations a database has, and lacks. */
export async function migrationState(client: Client): Promise<MigrationState> {
  const exists = await client.query("select 1 where to_regclass($1) is not null", [migrationsTable]);
  const done = exists.rowCount
    ? (await client.query<{ name: string }>(`select name from ${migrationsTable} order by id`)).rows
    : [];
  return migrationStateOf(done.map(({ name }) => name));
}

/** Runs the pending migrations in one transaction, when no other node does. MikroORM is loaded only here. */
async function runMigrations(url: string, database: string): Promise<void> {
  const [{ MikroORM }, { migratorConfig }] = await Promise.all([
    import("@mikro-orm/postgresql"),
    import("../migrations/run.ts"),
  ]);
  const config = await migratorConfig("postgres");
  const orm = await MikroORM.init({
    ...config,
    dbName: database,
    driverOptions: { connectionString: url },
    // One connection: all that is done on it is in the transaction that is begun here. Behind a pooler
    // that has few, nodes that wait for the lock then don't hold what the one that has it needs.
    pool: { min: 1, max: 1 },
  });
  try {
    const connection = orm.em.getConnection();
    await connection.execute(
      "begin; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = 0; set local statement_timeout = 0",
    );
    // The transaction holds the lock, so that it is set free with it, whatever comes between.
    await connection.execute(`select pg_advisory_xact_lock(${migrationLock})`);
    // Which are pending is looked up now: another node may have been faster.
    await orm.migrator.up();
    await connection.execute("commit");
  } finally {
    // Closed with a transaction open, it has done nothing.
    await orm.close();
  }
}
