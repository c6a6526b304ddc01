import { bookkeeping, type Kept } from "./bookkeeping.ts";
import { parseJson, type Scalar } from "./rows.ts";

/** Rows of the tables that are read and written whole, by their keys. */

type Columns = typeof bookkeeping;
export type KeptTable = "people" | "sessions" | "tokenUses" | "savedViews" | "distinctCustomers";

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

/** The fields of a table but the tenant, with their types; first those of its key. */
export const keptFields = (table: KeptTable): [field: string, column: Kept][] =>
  Object.entries<Kept>(bookkeeping[table]).filter(([field]) => field !== "tenant");

/** The values of a row in the order of `keptFields`. */
export const encodeKept = (table: KeptTable, row: object): Scalar[] =>
  keptFields(table).map(([field, { type }]) => {
    const value = (row as Record<string, unknown>)[field];
    if (type === "json") return JSON.stringify(value);
    return type === "boolean" ? Number(value) : (value as Scalar);
  });

export const decodeKept = <T extends KeptTable>(table: T, values: readonly unknown[]): KeptRow<T> =>
  Object.fromEntries(
    keptFields(table).map(([field, { type }], i) => [
      field,
      type === "json"
        ? parseJson(values[i], () => `the ${field} in ${table}`)
        : type === "boolean"
          ? Boolean(values[i])
          : values[i],
    ]),
  ) as KeptRow<T>;
