import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from "kysely";
import type { SqlDialect } from "../queries/asker.ts";
import { param } from "../queries/build.ts";

/** The SQL of SQLite: parameters with rows are a JSON array of arrays, and rows are written one by one. */
/** More than the numbers of a type of record in a tenant. The rowid of its words is made of all three. */
const numbers = 2 ** 32;
const base = sql`(cast(${param("tenant")} as integer) * ${sql.lit(4 * numbers)} + case ${param("type")} when 'user' then ${sql.lit(numbers)} else 0 end)`;

const trigrams = (text: string): string[] => {
  const letters = Array.from(text);
  return letters.slice(2).map((_, i) => letters.slice(i, i + 3).join(""));
};

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
  search: {
    removesFirst: true,
    bind: (pieces) => ({ parts: pieces.map((piece) => `"${piece}"`).join(" AND ") }),
    pieces: {
      of: trigrams,
      rarity: sql`select rowid - ${base} from search_index where search_index match ${param("parts")}
        and rowid > ${base} and rowid < ${base} + ${sql.lit(numbers)} order by rowid limit 1 offset 500`,
    },
    // The index gives its matches in the order of their rowids.
    stretch: () => undefined,
    all: () => sql`select s.number, s.text, 0 from search_index as f cross join search_texts as s
      where f.search_index match ${param("parts")} and f.rowid > ${base} + ${param("after")}
      and f.rowid < ${base} + ${sql.lit(numbers)} and s.tenant = ${param("tenant")}
      and s.record_type = ${param("type")} and s.number = f.rowid - ${base}
      order by f.rowid limit ${param("limit")}`,
  },
};
