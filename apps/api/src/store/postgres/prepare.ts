import type { Client } from "pg";
import { migrationStateOf, refuseNewer, type MigrationState } from "../migration-state.ts";
import type { Address } from "./address.ts";
import { connect } from "./connect.ts";

/**
 * The migrations of a PostgreSQL database, oldest first, by the names under which they are recorded.
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

/** By this number, of no meaning, nodes that start together keep out of each other's way. */
const migrationLock = 7_305_828_417;

/**
 * Makes sure that a database can be used, and runs the migrations that it lacks: once, however many
 * nodes start at the same time.
 *
 * @throws Error when the database cannot be reached, is not in UTF-8, or is newer than this program
 */
export async function prepare(address: Address): Promise<void> {
  // Without a limit of its own: another node may be at the migrations for long.
  const { client, url } = await connect(address, { query_timeout: 0 });
  try {
    await checkEncoding(client);
    if ((await lacks(client)).length > 0) await migrate(url, client.database as string);
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
  const exists = await client.query("select 1 where to_regclass($1) is not null", [table]);
  const done = exists.rowCount
    ? (await client.query<{ name: string }>(`select name from ${table} order by id`)).rows
    : [];
  return migrationStateOf(
    Object.keys(migrations),
    done.map(({ name }) => name),
  );
}

/**
 * The migrations that a database lacks.
 * @throws Error when it has one that this program does not know
 */
async function lacks(client: Client): Promise<string[]> {
  const state = await migrationState(client);
  refuseNewer(state);
  return state.pending;
}

/**
 * Runs the pending migrations, all in one transaction, when no other node does. MikroORM is loaded
 * only here.
 */
async function migrate(url: string, database: string): Promise<void> {
  const [{ MikroORM }, { Migrator }, { entitiesOf, postgresTypes }] = await Promise.all([
    import("@mikro-orm/postgresql"),
    import("@mikro-orm/migrations"),
    import("../entities.ts"),
  ]);
  const orm = await MikroORM.init({
    dbName: database,
    driverOptions: { connectionString: url },
    // One connection: all that is done on it is in the transaction that is begun here. Behind a pooler
    // that has few, nodes that wait for the lock then don't hold what the one that has it needs.
    pool: { min: 1, max: 1 },
    entities: entitiesOf(postgresTypes),
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
