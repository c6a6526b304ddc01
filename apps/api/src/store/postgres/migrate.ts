import type { Client } from "pg";
import {
  migrationsTable,
  migrationStateOf,
  refuseUnknown,
  type MigrationState,
} from "../migrations/state.ts";
import type { Address } from "./address.ts";
import { connect } from "./connect.ts";

/** The advisory lock, with an arbitrary number, that nodes take to migrate one at a time. */
const migrationLock = 7_305_828_417;

/**
 * Checks that a database can be used, and runs its pending migrations once, however many nodes start at the
 * same time.
 *
 * @throws Error if the database cannot be reached, is not in UTF-8, or was made by a newer program
 */
export async function migrate(address: Address): Promise<void> {
  // No time limit: another node may be migrating for long.
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

/** The migrations that a database has and lacks. */
export async function migrationState(client: Client): Promise<MigrationState> {
  const exists = await client.query("select 1 where to_regclass($1) is not null", [migrationsTable]);
  const done = exists.rowCount
    ? (await client.query<{ name: string }>(`select name from ${migrationsTable} order by id`)).rows
    : [];
  return migrationStateOf(done.map(({ name }) => name));
}

/** Runs the pending migrations in one transaction, one node at a time. MikroORM is loaded only here. */
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
    // One connection, so that everything is in the transaction begun here. Behind a small pool of a pooler,
    // nodes that wait for the lock then do not hold connections that the node with the lock needs.
    pool: { min: 1, max: 1 },
  });
  try {
    const connection = orm.em.getConnection();
    await connection.execute(
      "begin; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = 0; set local statement_timeout = 0",
    );
    // The transaction holds the lock, so that its end releases it in any case.
    await connection.execute(`select pg_advisory_xact_lock(${migrationLock})`);
    // The migrator looks up the pending migrations now: another node may have run them.
    await orm.migrator.up();
    await connection.execute("commit");
  } finally {
    // Closing the connection rolls an open transaction back.
    await orm.close();
  }
}
