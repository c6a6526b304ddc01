import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from "kysely";
import type { RowColumns, SqlDialect } from "../queries/asker.ts";
import { param } from "../queries/build.ts";
import type { ColumnType } from "../tables.ts";
import { arrayOf, columnsOf } from "./values.ts";

/** The PostgreSQL type of each column type. */
export const typeNames: Record<ColumnType, string> = {
  text: "text",
  integer: "bigint",
  boolean: "boolean",
  json: "json",
};

/** `unnest($1::bigint[], …)`, with one parameter per column. */
const unnest = (columns: RowColumns) =>
  sql`unnest(${sql.join(
    Object.entries(columns).map(([name, type]) => sql`${param(name)}::${sql.raw(typeNames[type])}[]`),
  )})`;

/** The SQL of PostgreSQL: a parameter with rows is one array per column, and rows are written as sets. */
export const postgres: SqlDialect = {
  oneTenant: false,
  name: "postgres",
  kysely: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  },
  now: sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  skipLocked: sql`for update skip locked`,
  rows: (columns) =>
    sql`(select * from ${unnest(columns)} with ordinality as u(${sql.join(
      [...Object.keys(columns), "i"].map((name) => sql.id(name)),
    )}))`,
  bindRows(columns, rows) {
    const arrays = columnsOf(rows);
    return Object.fromEntries(Object.keys(columns).map((name, i) => [name, arrays[i] ?? "{}"]));
  },
  writesSets: true,
  size: (column) => sql`octet_length(${sql.ref(column)}::text)`,
  jsonRows: (names) => sql`json_agg(json_build_array(${sql.join(names.map((name) => sql.ref(name)))}))`,
  isIn: (column, parameter) => sql`${sql.ref(column)} = any(${param(parameter)}::text[])`,
  list: arrayOf,
  search: {
    removesFirst: false,
    bind: (parts) => Object.fromEntries(parts.map((part, i) => [`part${i}`, `%${part}%`])),
    // The offset keeps PostgreSQL from reading the whole index of letters for a few records.
    stretch: (parts) => sql`select number, text, 0 from (select number, text from search_texts
      where tenant = ${param("tenant")} and record_type = ${param("type")} and number > ${param("after")}
      and number <= ${param("to")} order by number offset 0) as near
      where ${haveAll(parts)} order by number limit ${param("limit")}`,
    // The index has no order: all that it finds is read before anything is sorted. The empty additions keep
    // PostgreSQL from reading the primary key instead.
    all: (parts) => sql`select number, text, count(*) over () from (select number, text from search_texts
      where tenant = ${param("tenant")} and record_type || '' = ${param("type")}
      and number + 0 > ${param("after")} and ${haveAll(parts)} limit ${param("most")}) as found order by number limit ${param("limit")}`,
  },
};

/** The columns whose values are arrays if all rows are of one tenant. */
const withoutTenant = ({ tenant: _, ...columns }: RowColumns): RowColumns => columns;

/** The SQL of PostgreSQL if an engine such as Citus shards it by tenant: the tenant is a parameter by itself. */
export const shardedPostgres: SqlDialect = {
  ...postgres,
  oneTenant: true,
  rows(columns) {
    const own = withoutTenant(columns);
    return Object.keys(own).length > 0 ? postgres.rows(own) : sql`(select 1 as i)`;
  },
  bindRows: (columns, rows) => ({
    ...postgres.bindRows(columns, rows),
    ...("tenant" in columns && { tenant: rows[0]?.[Object.keys(columns).indexOf("tenant")] ?? null }),
  }),
};
const haveAll = (parts: number) =>
  sql.join(
    Array.from({ length: parts }, (_, i) => sql`text like ${param(`part${i}`)}`),
    sql` and `,
  );
