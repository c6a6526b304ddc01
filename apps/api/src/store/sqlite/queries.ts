import type { ChangeEntryJson, RecordType, StoredRecords, Where } from "@roster/domain";
import type { Moment } from "../database.ts";
import { columnList, decodeEntry, decodeRow, logColumns } from "../rows.ts";
import { isFreedByDelete, tables } from "../tables.ts";
import type { Connection } from "./connection.ts";

/** Queries that both the reads and the write transaction ask, each on a connection of its own. */

/** One look at the database, and what its rows mean. */
export interface Query<T> {
  sql: string;
  /** In order; or one object, where the text names them. */
  values: readonly unknown[];
  answer(rows: readonly (readonly unknown[])[]): T;
}

/** Asks a query on a connection of this thread. */
export const ask = <T>(connection: Connection, { sql, values, answer }: Query<T>): T =>
  answer(connection.all(sql, ...values));

const once = <K, V>(make: (key: K) => V): ((key: K) => V) => {
  const made = new Map<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) made.set(key, (value = make(key)));
    return value;
  };
};

const findSql = once((key: string) => {
  const [type, field] = key.split(" ") as [RecordType, string];
  const { name, byField } = tables[type];
  const column = byField.get(field);
  if (!column?.policy.unique) throw new Error(`${field} of ${type} does not name a record`);
  const live = isFreedByDelete(column) ? " and deleted_at is null" : "";
  return `select ${columnList(type)} from ${name} where tenant = ? and ${column.name} = ?${live}`;
});

/** Rows of a table as records. */
export const records =
  <T extends RecordType>(type: T) =>
  (rows: readonly (readonly unknown[])[]): StoredRecords[T][] =>
    rows.map((row) => decodeRow<StoredRecords[T]>(type, row));

export const find = <T extends RecordType>(
  tenant: number,
  type: T,
  { field, value }: Where,
): Query<StoredRecords[T] | undefined> => ({
  sql: findSql(`${type} ${field}`),
  values: [tenant, value],
  answer: ([row]) => row && decodeRow<StoredRecords[T]>(type, row),
});

// `cross join` is SQLite's way to say which table comes first: here the few, and then the many by key.
const ancestorsSql = `
  with recursive above(id, parent, depth) as (
    select id, parent, 0 from customers where tenant = :tenant and id = :id
    union all
    select c.id, c.parent, above.depth + 1 from above cross join customers c on c.tenant = :tenant and c.id = above.parent
    where above.depth < 100
  )
  select ${columnList("customer", "c")} from above cross join customers c on c.tenant = :tenant and c.id = above.id
  where above.depth > 0 order by above.depth`;

/** The parents of a customer, from the nearest upwards. */
export const ancestors = (tenant: number, id: string): Query<StoredRecords["customer"][]> => ({
  sql: ancestorsSql,
  values: [{ tenant, id }],
  answer: records("customer"),
});

const selectLog = `select ${logColumns.join(", ")} from change_log where tenant = ? and record_id = ?`;

const entries = (sql: string, ...values: unknown[]): Query<ChangeEntryJson[]> => ({
  sql: `${selectLog} and ${sql}`,
  values,
  answer: (rows) => rows.map(decodeEntry),
});

/** A record's log, newest first, before a version. */
export const history = (tenant: number, id: string, before: number, limit: number) =>
  entries("version < ? order by version desc limit ?", tenant, id, before, limit);

/** A record's log after a version, oldest first. */
export const changesSince = (tenant: number, id: string, version: number) =>
  entries("version > ? order by version", tenant, id, version);

/** A record's log after a moment, newest first. The plus keeps SQLite to the index of the record's rows. */
export const logAfter = (tenant: number, id: string, moment: Moment) =>
  "seq" in moment
    ? entries("+seq > ? order by version desc", tenant, id, moment.seq)
    : entries("+at > ? order by version desc", tenant, id, moment.at);
