import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from "kysely";
import { param, type SqlDialect } from "../queries/build.ts";

/** The SQL of SQLite: parameters with rows are a JSON array of arrays, and rows are written one by one. */
export const sqlite: SqlDialect = {
  name: "sqlite",
  kysely: {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  },
  now: sql`cast(unixepoch('subsec') * 1000 as integer)`,
  // SQLite has one writer at a time.
  skipLocked: undefined,
  rows(columns) {
    const values = Object.keys(columns).map((name, i) => sql`value ->> ${sql.lit(i)} as ${sql.id(name)}`);
    return sql`(select key + 1 as i, ${sql.join(values)} from json_each(${param("rows")}))`;
  },
  bindRows: (_, rows) => ({ rows: JSON.stringify(rows) }),
  oneTenant: false,
  writesSets: false,
  size: (column) => sql`octet_length(${sql.ref(column)})`,
  jsonRows: (names) => sql`json_group_array(json_array(${sql.join(names.map((name) => sql.ref(name)))}))`,
  // The plus stops SQLite from using another index than the rest of the statement does.
  isIn: (column, parameter) => sql`+${sql.ref(column)} in (select value from json_each(${param(parameter)}))`,
  list: (values) => JSON.stringify(values),
};
