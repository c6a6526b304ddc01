import type { CopiedTable } from "./copied-tables.ts";
import type { MigrationState } from "./migrations/state.ts";
import type { Scalar } from "./rows.ts";

/** A row of a table, its values in the order of the columns; truth is 1 or 0, on every database. */
export type Row = readonly Scalar[];

/** A whole database as it is at one moment, whoever writes to it meanwhile. */
export interface Snapshot {
  count(table: CopiedTable): Promise<number>;
  /** All rows of a table, in the order of its key, some at a time. */
  rows(table: CopiedTable): AsyncIterable<readonly Row[]>;
  close(): Promise<void>;
}

/** A database while it is filled: nobody else can write to it, and nothing is there before the commit. */
export interface Filling extends Snapshot {
  insert(table: CopiedTable, rows: readonly Row[]): Promise<void>;
  commit(): Promise<void>;
  /** Without a commit before: leaves the database as it was. */
  close(): Promise<void>;
}

/** Is told how far something has come: `done` of `total`, of whatever it counts. */
export type OnProgress = (done: number, total: number) => void;

/** What an operator does with a whole database, past tenants and commands. */
export interface Operations {
  /** Makes nothing, where there is no database yet. */
  migrationState(): Promise<MigrationState>;
  /** Runs the pending migrations. An SQLite file is made where there is none. */
  migrate(): Promise<void>;
  snapshot(): Promise<Snapshot>;
  /** Of a database that is up to date. */
  fill(): Promise<Filling>;
  /**
   * Makes a copy of the database, as it is at one moment, while servers go on.
   * @param file where; it must not exist
   * @throws Error on a database that has ways of its own for that, which it names
   */
  backup(file: string, onProgress: OnProgress): Promise<void>;
}
