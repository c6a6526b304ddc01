import type { RecordType, StoredRecords, Where } from "@roster/domain";
import type { Moment } from "../database.ts";
import { columnList, decodeEntry, decodeRow, logColumns } from "../rows.ts";
import { isFreedByDelete, tables } from "../tables.ts";
import type { Connection } from "./connection.ts";

/** Queries that both the reads and the write transaction ask. */

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

export function find<T extends RecordType>(
  connection: Connection,
  tenant: number,
  type: T,
  where: Where,
): StoredRecords[T] | undefined {
  const row = connection.get(findSql(`${type} ${where.field}`), tenant, where.value);
  return row && decodeRow<StoredRecords[T]>(type, row);
}

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
export const ancestors = (connection: Connection, tenant: number, id: string): StoredRecords["customer"][] =>
  connection.all(ancestorsSql, { tenant, id }).map((row) => decodeRow("customer", row));

export const logSql = `insert into change_log (tenant, ${logColumns.join(", ")}) values (?${", ?".repeat(logColumns.length)})`;

const selectLog = `select ${logColumns.join(", ")} from change_log where tenant = ? and record_id = ?`;

/** A record's log, newest first, before a version. */
export const history = (connection: Connection, tenant: number, id: string, before: number, limit: number) =>
  connection
    .all(`${selectLog} and version < ? order by version desc limit ?`, tenant, id, before, limit)
    .map(decodeEntry);

/** A record's log after a version, oldest first. */
export const changesSince = (connection: Connection, tenant: number, id: string, version: number) =>
  connection.all(`${selectLog} and version > ? order by version`, tenant, id, version).map(decodeEntry);

/** A record's log after a moment, newest first. The plus keeps SQLite to the index of the record's rows. */
export const logAfter = (connection: Connection, tenant: number, id: string, moment: Moment) =>
  connection
    .all(
      `${selectLog} and +${"seq" in moment ? "seq" : "at"} > ? order by version desc`,
      tenant,
      id,
      "seq" in moment ? moment.seq : moment.at,
    )
    .map(decodeEntry);
