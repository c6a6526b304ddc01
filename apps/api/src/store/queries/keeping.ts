import { sql } from "kysely";
import {
  decodeKept,
  encodeKept,
  keptFields,
  type Keeping,
  type KeptRow,
  type KeptTable,
} from "../keeping.ts";
import type { Scalar } from "../rows.ts";
import { snake } from "../tables.ts";
import { ask, type Asker, shape, type RowColumns, type SqlDialect } from "./asker.ts";
import { anyTable, compile, param, writing, type Write } from "./build.ts";

/** Rows that are read and written whole, by their keys. */

const columnsOf = (table: KeptTable, onlyKey = false): RowColumns =>
  Object.fromEntries([
    ["tenant", "integer"],
    ...keptFields(table)
      .filter(([, { options }]) => !onlyKey || options.primary)
      .map(([field, { type }]) => [snake(field), type] as const),
  ]);

const put = shape((dialect, table: KeptTable) => {
  const key = Object.keys(columnsOf(table, true));
  const rest = Object.keys(columnsOf(table)).filter((name) => !key.includes(name));
  return writing(dialect, columnsOf(table), (db, w) =>
    w.insert(db, snake(table)).onConflict((conflict) => {
      const taken = conflict.columns(key);
      return rest.length === 0
        ? taken.doNothing()
        : taken.doUpdateSet(Object.fromEntries(rest.map((name) => [name, sql.ref(`excluded.${name}`)])));
    }),
  );
});

const remove = shape((dialect, table: KeptTable) => {
  const columns = columnsOf(table, true);
  return writing(dialect, columns, (db, w) =>
    w.match(w.using(anyTable(db).deleteFrom(`${snake(table)} as k`)), "k", Object.keys(columns)),
  );
});

export const keepingWrites = (dialect: SqlDialect, keepings: readonly Keeping[]): Write[] =>
  keepings.map((keeping) => {
    const { tenant, table } = keeping;
    return "put" in keeping
      ? { statement: put(dialect, table), rows: [[tenant, ...encodeKept(table, keeping.put)]] }
      : { statement: remove(dialect, table), rows: [[tenant, ...keeping.remove]] };
  });

const read = shape((dialect, table: KeptTable, values: number) => {
  const names = keptFields(table).map(([field]) => snake(field));
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
  const values: Record<string, Scalar> = { tenant };
  for (const [i, value] of key.entries()) values[snake(keptFields(table)[i]?.[0] ?? "")] = value;
  return (await ask(asker, read(asker.dialect, table, key.length), values)).map((row) =>
    decodeKept(table, row),
  );
}
