import type { RecordType } from "@roster/domain";
import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from "kysely";
import type { ListQuery, ListStep } from "../database.ts";
import { type Scalar } from "../rows.ts";
import { StoredRow } from "../stored-row.ts";
import { sortName, tables } from "../tables.ts";
import { ask, type Asker } from "./asker.ts";
import { anyTable, compile, param, shape, text, type AnyDB } from "./build.ts";
import { firstSeqAt, scanBudget } from "./log.ts";
import { latestColumns } from "./records.ts";

/**
 * Lists. A step reads one index from the position where the last step ended: the terms of a filter, the
 * names, the ids (which have the order of creation) or, for the order of changes, the tenant's log.
 * Conditions that the index does not decide are tested on each of its entries.
 */

/** The index that a step reads. */
type Along = "log" | "name" | "id" | `term ${string}`;

interface Shape {
  type: RecordType;
  along: Along;
  order: "asc" | "desc";
  /** The fields of the terms that are tested on each entry. */
  terms: readonly string[];
  ids: number;
  prefix: boolean;
  since: boolean;
  deleted: ListQuery["deleted"];
  after: boolean;
}

/** The statement of a step. */
const statement = shape((dialect, key: string) => {
  const of = JSON.parse(key) as Shape;
  const { type, along, order, terms, ids, prefix, since, deleted, after } = of;
  const { name: table } = tables[type];
  const byLog = along === "log";
  const byTerm = !byLog && along !== "id";
  const id = byLog ? "l.record_id" : byTerm ? "t.record_id" : "r.id";
  const place = sql.ref<string>(id);
  const sortKey: RawBuilder<unknown> = byLog
    ? sql.ref("l.seq")
    : along === "name"
      ? sql.ref("t.term")
      : text("");
  const compare = sql.raw(order === "asc" ? ">" : "<");

  /** The entries of the index in order; `r` is the record of an entry. */
  function entries(any: Kysely<AnyDB>) {
    const from = byLog
      ? any
          .selectFrom("change_log as l")
          // A log row that is not its record's latest joins no record, and matches no list.
          .leftJoin(`${table} as r`, (join) =>
            join
              .onRef("r.tenant", "=", "l.tenant")
              .onRef("r.id", "=", "l.record_id")
              .onRef("r.seq", "=", "l.seq"),
          )
          .where("l.tenant", "=", param("tenant"))
      : byTerm
        ? any
            .selectFrom("search_terms as t")
            .crossJoin(`${table} as r`)
            .where("t.tenant", "=", param("tenant"))
            .where("t.record_type", "=", text(type))
            .where("t.field", "=", text(along === "name" ? "name" : along.slice(5)))
            .whereRef("r.tenant", "=", "t.tenant")
            .whereRef("r.id", "=", "t.record_id")
        : any.selectFrom(`${table} as r`).where("r.tenant", "=", param("tenant"));
    return from
      .$if(along.startsWith("term "), (query) => query.where(sql<SqlBool>`t.term = ${param("term")}`))
      .$if(ids > 0, (query) =>
        query.where(
          id,
          "in",
          Array.from({ length: ids }, (_, i) => param(`id${i}`)),
        ),
      )
      .$if(prefix && along === "name", (query) => query.where(startsWith("t.term")))
      .$if(since && byLog, (query) => query.where(sql<SqlBool>`l.seq >= ${param("since")}`))
      .$if(after, (query) =>
        query.where(
          byLog
            ? sql<SqlBool>`l.seq ${compare} ${param("afterKey")}`
            : along === "name"
              ? sql<SqlBool>`(t.term, ${place}) ${compare} (${param("afterKey")}, ${param("afterId")})`
              : sql<SqlBool>`${place} ${compare} ${param("afterId")}`,
        ),
      )
      .$if(byLog || along === "name", (query) => query.orderBy(byLog ? "l.seq" : "t.term", order))
      .$if(!byLog, (query) => query.orderBy(id, order));
  }

  /** The condition that an entry belongs to the list. */
  function test(any: Kysely<AnyDB>): Expression<SqlBool> {
    const hasTerm = (field: string, condition: RawBuilder<SqlBool>) =>
      sql<SqlBool>`exists ${any
        .selectFrom("search_terms as x")
        .select("x.term")
        .whereRef("x.tenant", "=", sql.ref("r.tenant"))
        .where("x.record_type", "=", text(type))
        .where("x.field", "=", text(field))
        .where(condition)
        .whereRef("x.record_id", "=", sql.ref("r.id"))}`;
    const tests = [
      ...(byLog ? [sql<SqlBool>`r.id is not null`] : []),
      ...terms.map((field, i) => hasTerm(field, sql`x.term = ${param(`term${i}`)}`)),
      ...(prefix && along !== "name" ? [hasTerm("name", startsWith("x.term"))] : []),
      ...(since && !byLog ? [sql<SqlBool>`r.updated_at >= ${param("since")}`] : []),
      ...(deleted === "any" ? [] : [sql<SqlBool>`r.deleted_at is ${sql.raw(deleted ? "not null" : "null")}`]),
    ];
    return tests.length > 0 ? sql<SqlBool>`(${sql.join(tests, sql` and `)})` : sql<SqlBool>`(1 = 1)`;
  }

  const keyed = { key: sortKey.as("walk_key"), id: place.as("walk_id") };
  const columns = latestColumns(type, "s");
  return compile(dialect, (db) => {
    const any = anyTable(db);
    // The rows of the subquery are in order. The database reads until it has as many matches as asked for.
    const fitting = any
      .selectFrom(
        entries(any)
          .select([keyed.key, keyed.id])
          .select(sql<SqlBool>`${test(any)}`.as("fits"))
          .select(latestColumns(type, "r"))
          .limit(sql.lit(scanBudget))
          .as("s"),
      )
      .where(sql<SqlBool>`s.fits`)
      .select(["s.walk_key", "s.walk_id", ...columns]);
    // Reached only if there are too few matches: the last entry of the scan budget and the one after it. Read in
    // the same statement, and so of the same moment, they let the next page skip no entry.
    const end = any
      .selectFrom(
        entries(any)
          .select([keyed.key, keyed.id])
          .limit(sql.lit(2))
          .offset(sql.lit(scanBudget - 1))
          .as("e"),
      )
      .select(["e.walk_key", "e.walk_id"])
      .select(columns.map((name) => sql`null`.as(name.slice(2))));
    return fitting.unionAll(end).limit(param<number>("limit"));
  });
});

const startsWith = (column: string) =>
  sql<SqlBool>`${sql.ref(column)} >= ${param("prefix")} and ${sql.ref(column)} < ${param("prefixEnd")}`;

/** One step of a list. */
export async function list<T extends RecordType>(
  asker: Asker,
  tenant: number,
  type: T,
  query: ListQuery,
): Promise<ListStep<StoredRow<T>>> {
  const { ids = [], sort, order, deleted, namePrefix, changedSince, after, limit } = query;
  const terms = Object.entries(query.terms);
  const driving = sort === "createdAt" && ids.length === 0 ? terms.shift() : undefined;
  const along: Along =
    sort === "updatedAt" ? "log" : sort === "name" ? "name" : driving ? `term ${driving[0]}` : "id";
  // Pads the ids to a power of two by repetition, so that there are few different statements.
  const asked = ids.length > 0 ? 2 ** Math.ceil(Math.log2(ids.length)) : 0;
  const prefix = namePrefix === undefined ? undefined : sortName(namePrefix);
  const values: Record<string, Scalar> = {
    tenant,
    term: driving?.[1] ?? null,
    ...Object.fromEntries(terms.map(([, term], i) => [`term${i}`, term])),
    ...Object.fromEntries(Array.from({ length: asked }, (_, i) => [`id${i}`, ids[i] ?? (ids[0] as string)])),
    prefix: prefix ?? null,
    prefixEnd: prefix === undefined ? null : prefix + "\u{10FFFF}",
    since: changedSince ?? null,
    afterKey: after?.[0] ?? null,
    afterId: after?.[1] ?? null,
    // One more than fit on the page, and the two at the end of the budget.
    limit: limit + 3,
  };
  if (along === "log" && changedSince !== undefined)
    values["since"] = await firstSeqAt(asker, tenant, changedSince);
  const step = statement(
    asker.dialect,
    JSON.stringify({
      type,
      along,
      order,
      terms: terms.map(([field]) => field),
      ids: asked,
      prefix: prefix !== undefined,
      since: changedSince !== undefined,
      deleted,
      after: after !== undefined,
    } satisfies Shape),
  );
  const rows = await ask(asker, step, values);
  const found = rows.filter(isFitting);
  const page = found.slice(0, limit);
  const items = page.map((row) => new StoredRow(type, row, 3));
  if (found.length > page.length) return { items, next: place(page.at(-1)) };
  const [last, more] = rows.slice(found.length);
  return { items, next: more && place(last) };
}

/** Whether a row has a record, and not only a place. */
const isFitting = ([, , seq]: readonly unknown[]): boolean => seq !== null;

const place = (entry: readonly unknown[] | undefined): ListStep<unknown>["next"] =>
  entry && [entry[0] as string | number, entry[1] as string];
