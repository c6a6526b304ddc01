import type { bookkeeping, Kept } from "./bookkeeping.ts";

/** Rows of the tables that are read and written whole, by their keys. */

type Columns = typeof bookkeeping;
export type KeptTable =
  | "changeSets"
  | "people"
  | "sessions"
  | "tokenUses"
  | "savedViews"
  | "distinctCustomers";

type ValueOf<Column> =
  Column extends Kept<infer Value, infer Options>
    ? Options extends { nullable: true }
      ? Value | null
      : Value
    : never;
/** A row, without its tenant. */
export type KeptRow<T extends KeptTable> = {
  -readonly [F in Exclude<keyof Columns[T], "tenant">]: ValueOf<Columns[T][F]>;
};

/** Writes a row, new or changed, or removes the row with a key: the values after the tenant. */
export type Keeping = {
  [T in KeptTable]: { tenant: number; table: T } & ({ put: KeptRow<T> } | { remove: readonly string[] });
}[KeptTable];
