import { existsSync } from "node:fs";
import { quoted, selectAll, type CopiedTable } from "../copied-tables.ts";
import { migrationStateOf, type MigrationState } from "../migrations/state.ts";
import type { Filling, Operations, Row, Snapshot } from "../operations.ts";
import { backup } from "./backup.ts";
import { Connection } from "./connection.ts";
import { refuseOddFile } from "./database-file.ts";
import { migrate, migrationState } from "./migrate.ts";

/** The number of rows per portion. */
const portion = 2_000;

/** The operator's operations on an SQLite file. */
export const sqliteOperations = (file: string): Operations => ({
  async migrationState(): Promise<MigrationState> {
    refuseOddFile(file);
    if (!existsSync(file)) return migrationStateOf([]);
    const connection = new Connection(file, { readonly: true });
    try {
      return migrationState(connection.handle);
    } finally {
      connection.handle.close();
    }
  },
  migrate: () => migrate(file),
  snapshot: async () => snapshot(openExisting(file)),
  async fill() {
    const connection = new Connection(file);
    connection.run("begin immediate");
    return filling(connection);
  },
  async backup(to, onProgress) {
    const source = openExisting(file);
    try {
      await backup(source, to, onProgress);
    } finally {
      source.handle.close();
    }
  },
});

/** Opens a read connection in a transaction: in WAL mode it sees one state, whatever others write. */
function openExisting(file: string): Connection {
  refuseOddFile(file);
  if (!existsSync(file)) throw new Error(`the file ${file} does not exist`);
  const connection = new Connection(file, { readonly: true });
  connection.run("begin");
  // The first read fixes the state.
  connection.get("select 1 from sqlite_master");
  return connection;
}

const snapshot = (connection: Connection): Snapshot => ({
  count: async ({ name }) => connection.get(`select count(*) from ${quoted([name])}`)?.[0] as number,
  rows: (table) => rows(connection, table),
  close: async () => void connection.handle.close(),
});

async function* rows({ handle }: Connection, table: CopiedTable): AsyncGenerator<Row[]> {
  let some: Row[] = [];
  for (const row of handle.prepare(selectAll(table)).raw().iterate()) {
    some.push(row as Row);
    if (some.length < portion) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

const filling = (connection: Connection): Filling => ({
  ...snapshot(connection),
  async insert({ name, columns }, some) {
    const into = connection.prepare(
      `insert into ${quoted([name])} (${quoted(columns.map((column) => column.name))})
       values (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of some) into.run(...row);
  },
  commit: async () => void connection.run("commit"),
});
