import { sql } from "kysely";
import type { bookkeeping } from "../bookkeeping.ts";
import type { Keeping, KeptRow, KeptTable } from "../keeping.ts";
import { columnsOf, decoderOf, encodeColumns, type Scalar } from "../rows.ts";
import { snake } from "../tables.ts";
import { ask, type Asker, shape, type RowColumns, type SqlDialect } from "./asker.ts";
import { anyTable, compile, param, writing, type Write } from "./build.ts";

/** Rows that are read and written whole, by their keys. */

/** The columns of a whole row, and those of its key alone. */
export const rowOf = (table: keyof typeof bookkeeping): RowColumns => named(columnsOf(table));
const keyOf = (table: keyof typeof bookkeeping): RowColumns =>
  named(columnsOf(table).filter(({ primary }) => primary));
const named = (columns: ReturnType<typeof columnsOf>): RowColumns =>
  Object.fromEntries([["tenant", "integer"], ...columns.map(({ name, type }) => [name, type] as const)]);

/** Writes whole rows, new or changed. */
const put = shape((dialect, table: KeptTable) => {
  const rest = columnsOf(table).filter(({ primary }) => !primary);
  return writing(dialect, rowOf(table), (db, w) =>
    w.insert(db, snake(table)).onConflict((conflict) => {
      const taken = conflict.columns(Object.keys(keyOf(table)));
      return rest.length === 0
        ? taken.doNothing()
        : taken.doUpdateSet(Object.fromEntries(rest.map(({ name }) => [name, sql.ref(`excluded.${name}`)])));
    }),
  );
});

const remove = shape((dialect, table: KeptTable) =>
  writing(dialect, keyOf(table), (db, w) =>
    w.match(w.using(anyTable(db).deleteFrom(`${snake(table)} as k`)), "k", Object.keys(keyOf(table))),
  ),
);

export const keepingWrites = (dialect: SqlDialect, keepings: readonly Keeping[]): Write[] =>
  keepings.map((keeping) => {
    const { tenant, table } = keeping;
    return "put" in keeping
      ? { statement: put(dialect, table), rows: [[tenant, ...encodeColumns(columnsOf(table), keeping.put)]] }
      : { statement: remove(dialect, table), rows: [[tenant, ...keeping.remove]] };
  });

const read = shape((dialect, table: KeptTable, values: number) => {
  const names = columnsOf(table).map(({ name }) => name);
  return compile(dialect, (db) => {
    let query = anyTable(db)
      .selectFrom(`${snake(table)} as k`)
      .select(names.map((name) => `k.${name}`))
      .where("k.tenant", "=", param("tenant"));
    for (const name of names.slice(0, values)) query = query.where(`k.${name}`, "=", param(name));
    return query;
  });
});

/** The rows of a table whose keys begin with these values. */
export async function keptRows<T extends KeptTable>(
  asker: Asker,
  tenant: number,
  table: T,
  key: readonly string[],
): Promise<KeptRow<T>[]> {
  const columns = columnsOf(table);
  const values: Record<string, Scalar> = { tenant };
  for (const [i, { name }] of columns.slice(0, key.length).entries()) values[name] = key[i] as Scalar;
  const decode = decoderOf<KeptRow<T>>(columns, (field) => `the ${field} in ${table}`);
  return (await ask(asker, read(asker.dialect, table, key.length), values)).map(decode);
}
