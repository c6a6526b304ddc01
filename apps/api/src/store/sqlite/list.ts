import { sortName, tables } from "../tables.ts";
import type { RecordType } from "@roster/domain";
import type { ListQuery } from "../database.ts";
import type { Connection } from "./connection.ts";

/**
 * The most index entries that one step of a list looks at. A filter that no index serves alone
 * then gives a short step and a place to go on, and never a scan of the tenant.
 */
export const scanBudget = 2_000;

type Found = readonly [key: string, id: string];

/**
 * The ids of one step of a list, in order. Each query walks one index from where the last step
 * ended: the terms of a filter, the names, the times of change, or the ids (which are in the order
 * of creation).
 */
export function listIds(
  connection: Connection,
  tenant: number,
  type: RecordType,
  query: ListQuery,
): { ids: string[]; next: Found | undefined } {
  const { sql, values } = compose(tenant, type, query);
  const found: Found[] = [];
  let scanned = 0;
  let last: Found | undefined;
  // Lazily: SQLite walks the index only as far as this loop does.
  for (const row of connection.prepare(sql).iterate(...values) as Iterable<[string, string, number]>) {
    if (found.length === query.limit || scanned === scanBudget)
      return { ids: found.map(([, id]) => id), next: last };
    scanned++;
    last = [row[0], row[1]];
    if (row[2] === 1) found.push(last);
  }
  return { ids: found.map(([, id]) => id), next: undefined };
}

function compose(tenant: number, type: RecordType, query: ListQuery): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => {
    values.push(value);
    return "?";
  };
  const { name: table } = tables[type];
  const [compare, direction] = query.order === "asc" ? [">", "asc"] : ["<", "desc"];
  const terms = Object.entries(query.terms);
  const conditions: string[] = [];

  // The index to walk. What it does not decide is tested on each of its entries.
  let from = "";
  let key = "";
  let id = "";
  const byTerm = (field: string) => {
    from = `search_terms t join ${table} r on r.tenant = t.tenant and r.id = t.record_id`;
    id = "t.record_id";
    conditions.push(
      `t.tenant = ${bind(tenant)} and t.record_type = ${bind(type)} and t.field = ${bind(field)}`,
    );
  };
  const driving = query.sort === "createdAt" ? terms.shift() : undefined;
  if (query.sort === "name") {
    byTerm("name");
    key = "t.term";
  } else if (driving) {
    byTerm(driving[0]);
    conditions.push(`t.term = ${bind(driving[1])}`);
    key = "''";
  } else {
    from = `${table} r`;
    id = "r.id";
    key = query.sort === "updatedAt" ? "r.updated_at" : "''";
    conditions.push(`r.tenant = ${bind(tenant)}`);
  }
  if (query.namePrefix !== undefined) {
    const prefix = sortName(query.namePrefix);
    conditions.push(`t.term >= ${bind(prefix)} and t.term < ${bind(prefix + "\u{10FFFF}")}`);
  }
  if (query.changedSince !== undefined && query.sort === "updatedAt") {
    conditions.push(`r.updated_at >= ${bind(query.changedSince)}`);
  }
  if (query.after) {
    const [afterKey, afterId] = query.after;
    conditions.push(
      key === "''"
        ? `${id} ${compare} ${bind(afterId)}`
        : `(${key}, ${id}) ${compare} (${bind(afterKey)}, ${bind(afterId)})`,
    );
  }

  // The test of each entry stands first in the text, so its values are bound first.
  const tests = ["1"];
  const testValues: unknown[] = [];
  const test = (sql: string, ...bound: unknown[]) => {
    tests.push(sql);
    testValues.push(...bound);
  };
  const hasTerm =
    "exists (select 1 from search_terms x where x.tenant = r.tenant and x.record_type = ? and x.field = ? and x.term = ? and x.record_id = r.id)";
  for (const [field, term] of terms) test(hasTerm, type, field, term);
  if (query.changedSince !== undefined && query.sort !== "updatedAt")
    test("r.updated_at >= ?", query.changedSince);
  if (query.deleted !== "any") tests.push(`r.deleted_at is ${query.deleted ? "not null" : "null"}`);

  const order = key === "''" ? `${id} ${direction}` : `${key} ${direction}, ${id} ${direction}`;
  return {
    sql: `select ${key}, ${id}, (${tests.join(" and ")}) from ${from} where ${conditions.join(" and ")} order by ${order}`,
    values: [...testValues, ...values],
  };
}
