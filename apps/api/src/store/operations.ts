import type { CopiedTable } from "./copied-tables.ts";
import type { MigrationState } from "./migrations/state.ts";
import type { Scalar } from "./rows.ts";

/** A row of a table, with its values in the order of the columns. Booleans are 1 or 0 on every database. */
export type Row = readonly Scalar[];

/** A consistent snapshot of a whole database, unaffected by concurrent writes. */
export interface Snapshot {
  count(table: CopiedTable): Promise<number>;
  /** All rows of a table in the order of its key, in portions. */
  rows(table: CopiedTable): AsyncIterable<readonly Row[]>;
  close(): Promise<void>;
}

/** A database that is being filled. No other process can write to it, and nothing is visible before the commit. */
export interface Filling extends Snapshot {
  insert(table: CopiedTable, rows: readonly Row[]): Promise<void>;
  commit(): Promise<void>;
  /** Closes the database; without a commit, it stays as it was. */
  close(): Promise<void>;
}

/** Receives the progress of an operation: `done` of `total` units. */
export type OnProgress = (done: number, total: number) => void;

/** Operations on a whole database, which bypass tenants and commands. */
export interface Operations {
  /** The applied and pending migrations. Does not create a missing database. */
  migrationState(): Promise<MigrationState>;
  /** Runs the pending migrations. A missing SQLite file is created. */
  migrate(): Promise<void>;
  snapshot(): Promise<Snapshot>;
  /** Begins to fill a database, whose schema must be up to date. */
  fill(): Promise<Filling>;
  /**
   * Copies the database as of one moment while servers continue.
   * @param file the path of the copy; it must not exist
   * @throws Error on a database that has backup tools of its own; the message names them
   */
  backup(file: string, onProgress: OnProgress): Promise<void>;
}
