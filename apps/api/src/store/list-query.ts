import type { RecordType } from "@roster/domain";
import type { ListQuery } from "./database.ts";
import { sortName, tables } from "./tables.ts";

/**
 * The most index entries that one step of a list looks at. A filter that no index serves alone
 * then gives a short step and a place to go on, and never a scan of the tenant.
 */
export const scanBudget = 2_000;

/**
 * One step of a list as SQL: which index is walked, from where, and what is tested on each of its
 * entries. Values are bound as `$1`, `$2`, …, which every database understands.
 */
export interface Walk {
  /** The sort key and the id of an entry. */
  key: string;
  id: string;
  /** Whether an entry belongs to the list. */
  test: string;
  /** From `from` to `order by`; the records are `r`. */
  entries: string;
  /** What is bound in `entries`, and then what is bound in `test`. */
  values: unknown[];
  testValues: unknown[];
  /** The order of the entries, given what their key and id are called. */
  order(key: string, id: string): string;
}

/**
 * Plans a step. Each walks one index from where the last step ended: the terms of a filter, the
 * names, the times of change, or the ids (which are in the order of creation).
 */
export function walk(tenant: number, type: RecordType, query: ListQuery): Walk {
  const values: unknown[] = [];
  const testValues: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const bindTest = (value: unknown) => `$${values.length + testValues.push(value)}`;
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
  const driving = query.sort === "createdAt" && !query.ids ? terms.shift() : undefined;
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
  if (query.ids) conditions.push(`${id} in (${padded(query.ids).map(bind).join(", ")})`);
  const startsWith = (column: string, prefix: string, to: (value: unknown) => string): string =>
    `${column} >= ${to(prefix)} and ${column} < ${to(prefix + "\u{10FFFF}")}`;
  const prefix = query.namePrefix === undefined ? undefined : sortName(query.namePrefix);
  if (prefix !== undefined && query.sort === "name") conditions.push(startsWith("t.term", prefix, bind));
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

  const tests = ["true"];
  const hasTerm = (field: string, test: string): string =>
    `exists (select 1 from search_terms x where x.tenant = r.tenant and x.record_type = ${bindTest(type)} and x.field = ${bindTest(field)} and ${test} and x.record_id = r.id)`;
  for (const [field, term] of terms) tests.push(hasTerm(field, `x.term = ${bindTest(term)}`));
  if (prefix !== undefined && query.sort !== "name")
    tests.push(hasTerm("name", startsWith("x.term", prefix, bindTest)));
  if (query.changedSince !== undefined && query.sort !== "updatedAt")
    tests.push(`r.updated_at >= ${bindTest(query.changedSince)}`);
  if (query.deleted !== "any") tests.push(`r.deleted_at is ${query.deleted ? "not null" : "null"}`);

  const order = (byKey: string, byId: string) =>
    key === "''" ? `${byId} ${direction}` : `${byKey} ${direction}, ${byId} ${direction}`;
  return {
    key,
    id,
    test: tests.join(" and "),
    entries: `from ${from} where ${conditions.join(" and ")} order by ${order(key, id)}`,
    values,
    testValues,
    order,
  };
}

/** Values by which one looks, some of them more than once: so that there are few different statements. */
const padded = (values: readonly string[]): string[] =>
  Array.from(
    { length: 2 ** Math.ceil(Math.log2(values.length)) },
    (_, i) => values[i] ?? (values[0] as string),
  );
