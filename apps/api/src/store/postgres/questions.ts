import type { Want } from "../database.ts";
import { columnList, decodeEntry, decodeRow, logColumns, type Scalar } from "../rows.ts";
import { isFreedByDelete, tables, type Column } from "../tables.ts";
import { typeOf, unnest } from "./values.ts";

/**
 * A question that is asked for many commands at once: its parameters are arrays, and each row of the
 * answer says first, counted from one, which place in them it is about.
 */
export interface Question {
  sql: string;
  /** What a want adds to the arrays, after its tenant. */
  values(want: Want): Scalar[];
  /** What a want gets, from the rows about it, without their first column. */
  answer(rows: readonly (readonly unknown[])[]): unknown;
}

/** Narrows the wants of one kind, which are the only ones that their question is asked for. */
const question = <Kind extends Want["kind"]>(
  _kind: Kind,
  sql: string,
  values: (want: Extract<Want, { kind: Kind }>) => Scalar[],
  answer: Question["answer"],
): Question => ({ sql, values, answer });

/** `from unnest($1::bigint[], …) with ordinality as w(tenant, …, i)` */
export const asked = (columns: Readonly<Record<string, string>> = {}): string => {
  const all = { tenant: "bigint", ...columns };
  return `from ${unnest(...Object.values(all))} with ordinality as w(${Object.keys(all).join(", ")}, i)`;
};

const aliased = (alias: string, columns: readonly string[]): string =>
  columns.map((name) => `${alias}.${name}`).join(", ");

/** Live customers by a search term. */
const customersBy = (field: string, term: string): string =>
  `search_terms t join customers c on c.tenant = t.tenant and c.id = t.record_id and c.deleted_at is null
   where t.tenant = w.tenant and t.record_type = 'customer' and t.field = '${field}' and t.term = ${term}`;

/** The ids of the records that name the customer `w.id`. */
function referring({ type, field }: Extract<Want, { kind: "referring" }>): string {
  const named = (by: string) =>
    `t.tenant = w.tenant and t.record_type = '${type}' and t.field = '${field}' and t.term = ${by}`;
  if (field !== "mergedInto") {
    return `
      select t.record_id as id from search_terms t
      join ${tables[type].name} r on r.tenant = t.tenant and r.id = t.record_id
      where ${named("w.id")} and r.deleted_at is null limit w.most`;
  }
  // A duplicate's duplicates are the same person too.
  return `
    with recursive merged(id) as (
      select t.record_id from search_terms t where ${named("w.id")}
      union
      select t.record_id from merged join search_terms t on ${named("merged.id")}
    )
    select id from merged limit w.most`;
}

function make(want: Want): Question {
  switch (want.kind) {
    case "record": {
      const { type, field } = want;
      const { name, byField } = tables[type];
      const column = byField.get(field);
      if (!column?.policy.unique) throw new Error(`${field} of ${type} does not name a record`);
      return question(
        "record",
        `select w.i, ${columnList(type, "r")} ${asked({ value: typeOf(column) })}
         join ${name} r on r.tenant = w.tenant and r.${column.name} = w.value${live(column)}`,
        ({ value }) => [value],
        ([row]) => row && decodeRow(type, row),
      );
    }
    case "all": {
      const { type } = want;
      return question(
        "all",
        `select w.i, ${columnList(type, "r")} ${asked()}
         join ${tables[type].name} r on r.tenant = w.tenant and r.deleted_at is null`,
        () => [],
        (rows) => rows.map((row) => decodeRow(type, row)),
      );
    }
    case "childLevels":
      return question(
        "childLevels",
        `select distinct w.i, s.hierarchy_level ${asked({ id: "text" })}
         cross join lateral (select c.hierarchy_level from ${customersBy("parent", "w.id")}) s`,
        ({ id }) => [id],
        (rows) => rows.map(([level]) => level),
      );
    case "levelInUse":
      return question(
        "levelInUse",
        `select w.i ${asked({ level: "text", parent: "text" })}
         where exists (
           select 1 from ${customersBy("hierarchyLevel", "w.level")} and (w.parent is null or exists (
             select 1 from customers p where p.tenant = c.tenant and p.id = c.parent and p.hierarchy_level = w.parent
           ))
         )`,
        ({ level, parent = null }) => [level, parent],
        (rows) => rows.length > 0,
      );
    case "lastTenant":
      return question(
        "lastTenant",
        `select w.i, (select coalesce(max(number), 0) from tenants) ${asked()}`,
        () => [],
        ([row]) => row?.[0],
      );
    case "key":
      return question(
        "key",
        `select w.i, k.fingerprint, k.reply ${asked({ key: "text" })}
         join idempotency_keys k on k.tenant = w.tenant and k.key = w.key`,
        ({ key }) => [key],
        ([row]) => row && { fingerprint: row[0], reply: row[1] },
      );
    case "referring":
      return question(
        "referring",
        `select w.i, s.id ${asked({ id: "text", most: "bigint" })} cross join lateral (${referring(want)}) s`,
        ({ id, limit }) => [id, limit],
        (rows) => rows.map(([id]) => id),
      );
    case "changesSince":
      return question(
        "changesSince",
        `select w.i, ${aliased("l", logColumns)} ${asked({ id: "text", version: "bigint" })}
         join change_log l on l.tenant = w.tenant and l.record_id = w.id and l.version > w.version
         order by w.i, l.version`,
        ({ id, version }) => [id, version],
        (rows) => rows.map(decodeEntry),
      );
    case "changedCustomers":
      return question(
        "changedCustomers",
        `select w.i, s.* ${asked({ at: "text", most: "bigint" })}
         cross join lateral (
           select ${columnList("customer", "c")} from customers c
           where c.tenant = w.tenant and c.updated_at >= w.at and c.deleted_at is null
           order by c.updated_at, c.id limit w.most
         ) s`,
        ({ at, limit }) => [at, limit],
        (rows) => rows.map((row) => decodeRow("customer", row)),
      );
  }
}

const live = (column: Column): string => (isFreedByDelete(column) ? " and r.deleted_at is null" : "");

const made = new Map<string, Question>();

/** The question by which a want is answered: the same one for all wants that differ in values only. */
export function questionOf(want: Want): Question {
  const { kind, type, field } = { type: "", field: "", ...want };
  const key = `${kind} ${type} ${field}`;
  let found = made.get(key);
  if (!found) made.set(key, (found = make(want)));
  return found;
}
