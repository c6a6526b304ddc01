import type { Client } from "pg";
import { copiedTables, quoted, selectAll, type CopiedTable } from "../copied-tables.ts";
import type { Filling, Operations, Row, Snapshot } from "../operations.ts";
import type { Scalar } from "../rows.ts";
import { readAddress, readPrimaryAddress, type Address } from "./address.ts";
import { connect } from "./connect.ts";
import { migrate, migrationState } from "./migrate.ts";
import { typeNames } from "./dialect.ts";
import { columnsOf } from "./values.ts";

/** The number of rows per portion. */
const portion = 2_000;

/** The operator's operations on a PostgreSQL database. */
export const postgresOperations = (url: string): Operations => ({
  async migrationState() {
    const client = await open(readAddress(url));
    try {
      return await migrationState(client);
    } finally {
      await client.end();
    }
  },
  migrate: async () => migrate(readPrimaryAddress(url)),
  async snapshot() {
    const client = await open(readAddress(url));
    await client.query(`begin isolation level repeatable read read only; ${withoutLimits}`);
    return snapshot(client);
  },
  async fill() {
    const client = await open(readPrimaryAddress(url));
    await client.query(`begin; ${withoutLimits}`);
    const all = quoted(copiedTables.map(({ name }) => name));
    try {
      // A server that starts meanwhile finds no tenant, and cannot create one.
      await client.query(`set local lock_timeout = '5s'; lock table ${all} in exclusive mode`);
    } catch (error) {
      await client.end();
      throw error;
    }
    return filling(client);
  },
  backup() {
    throw new Error(
      "db:backup copies SQLite files. PostgreSQL has its own ways: pg_dump --format=custom for one database, pg_basebackup with an archive of the write-ahead log for a whole server and any moment of it (docs/operations.md)",
    );
  },
});

/** A copy may take any time. */
const withoutLimits = "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0";

const open = async (address: Address): Promise<Client> =>
  (await connect(address, { query_timeout: 0 })).client;

const snapshot = (client: Client): Snapshot => ({
  async count({ name }) {
    const { rows } = await client.query<[number]>({
      text: `select count(*) from ${quoted([name])}`,
      rowMode: "array",
    });
    return rows[0]?.[0] ?? 0;
  },
  rows: (table) => rows(client, table),
  close: () => client.end(),
});

async function* rows(client: Client, table: CopiedTable): AsyncGenerator<Row[]> {
  await client.query(`declare copied no scroll cursor for ${selectAll(table)}`);
  const fetch = async () =>
    (await client.query<unknown[]>({ text: `fetch ${portion} from copied`, rowMode: "array" })).rows;
  let next = fetch();
  for (;;) {
    const some = await next;
    if (some.length === 0) break;
    // The server fetches the next portion while this one is processed.
    next = fetch();
    next.catch(() => undefined);
    yield some.map((row) =>
      row.map((value) => (typeof value === "boolean" ? Number(value) : (value as Scalar))),
    );
  }
  await client.query("close copied");
}

const filling = (client: Client): Filling => ({
  ...snapshot(client),
  async insert({ name, columns }, some) {
    await client.query(
      `insert into ${quoted([name])} (${quoted(columns.map((column) => column.name))})
       select * from unnest(${columns.map(({ type }, i) => `$${i + 1}::${typeNames[type]}[]`).join(", ")})`,
      columnsOf(some),
    );
  },
  async commit() {
    // Gives the planner statistics at once.
    await client.query(`analyze ${quoted(copiedTables.map(({ name }) => name))}; commit`);
  },
});
