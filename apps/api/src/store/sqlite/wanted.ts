import type { Want } from "../database.ts";
import { columnList } from "../rows.ts";
import { tables } from "../tables.ts";
import { changesSince, find, records, type Query } from "./queries.ts";

/** The live customers that a search term leads to. `cross join` keeps SQLite to that way. */
const customersByTerm = (columns: string, field: string): string =>
  `select ${columns} from search_terms t cross join customers c on c.tenant = t.tenant and c.id = t.record_id
   where t.tenant = ? and t.record_type = 'customer' and t.field = '${field}' and t.term = ? and c.deleted_at is null`;

/** A duplicate's duplicates are the same person too. */
const mergedSql = `
  with recursive merged(id) as (
    select record_id from search_terms
    where tenant = :tenant and record_type = 'customer' and field = 'mergedInto' and term = :id
    union
    select t.record_id from merged cross join search_terms t
    on t.tenant = :tenant and t.record_type = 'customer' and t.field = 'mergedInto' and t.term = merged.id
  )
  select id from merged limit :limit`;

const first = (rows: readonly (readonly unknown[])[]): unknown[] => rows.map(([value]) => value);

/** The query that finds what a command of a tenant wants. */
export function wanted(tenant: number, want: Want): Query<unknown> {
  switch (want.kind) {
    case "record":
      return find(tenant, want.type, want);
    case "all":
      return {
        sql: `select ${columnList(want.type)} from ${tables[want.type].name} where tenant = ? and deleted_at is null`,
        values: [tenant],
        answer: records(want.type),
      };
    case "childLevels":
      return {
        sql: customersByTerm("distinct c.hierarchy_level", "parent"),
        values: [tenant, want.id],
        answer: first,
      };
    case "levelInUse": {
      const { level, parent } = want;
      const under =
        " and exists (select 1 from customers p where p.tenant = c.tenant and p.id = c.parent and p.hierarchy_level = ?)";
      return {
        sql: `${customersByTerm("1", "hierarchyLevel")}${parent === undefined ? "" : under} limit 1`,
        values: [tenant, level, ...(parent === undefined ? [] : [parent])],
        answer: (rows) => rows.length > 0,
      };
    }
    case "lastTenant":
      return {
        sql: "select coalesce(max(number), 0) from tenants",
        values: [],
        answer: (rows) => rows[0]?.[0],
      };
    case "key":
      return {
        sql: "select fingerprint, reply from idempotency_keys where tenant = ? and key = ?",
        values: [tenant, want.key],
        answer: ([row]) => row && { fingerprint: row[0], reply: row[1] },
      };
    case "referring": {
      const { type, field, id, limit } = want;
      if (field === "mergedInto") return { sql: mergedSql, values: [{ tenant, id, limit }], answer: first };
      return {
        sql: `select t.record_id from search_terms t cross join ${tables[type].name} r on r.tenant = t.tenant and r.id = t.record_id
           where t.tenant = ? and t.record_type = ? and t.field = ? and t.term = ? and r.deleted_at is null limit ?`,
        values: [tenant, type, field, id, limit],
        answer: first,
      };
    }
    case "changesSince":
      return changesSince(tenant, want.id, want.version);
    case "changedCustomers":
      return {
        sql: `select ${columnList("customer")} from customers where tenant = ? and updated_at >= ? and deleted_at is null order by updated_at limit ?`,
        values: [tenant, want.at, want.limit],
        answer: records("customer"),
      };
  }
}
