import { absentTerm, afterTerm, justAfter, type RecordType, type StoredRecords } from "@roster/domain";
import { sql, type Kysely, type SqlBool } from "kysely";
import type { Along, WalkEntry, WalkQuery } from "../database.ts";
import { decodeFields, type Scalar } from "../rows.ts";
import { StoredRow } from "../stored-row.ts";
import { isFreedByDelete, tables } from "../tables.ts";
import { ask, askAll, type Asker, shape } from "./asker.ts";
import { anyTable, compile, param, text, type AnyDB } from "./build.ts";
import { firstSeqAt } from "./log.ts";
import { findRow } from "./records.ts";

/** Walks along one index, which lists, searches and counts are made of. */

/** Whether the index of a unique column has live records only. */
const isLiveOnly = (type: RecordType, column: string): boolean =>
  tables[type].unique.some((one) => one.name === column && isFreedByDelete(one));

interface Shape {
  type: RecordType;
  by: Along["by"];
  /** The column of a unique field. */
  column: string;
  order: "asc" | "desc";
  bounds: "none" | "one term" | "span";
  after: boolean;
  fields: readonly string[];
}

const statement = shape((dialect, key: string) => {
  const { type, by, column, order, bounds, after, fields } = JSON.parse(key) as Shape;
  const { name: table, byField } = tables[type];
  const id = by === "log" ? "l.record_id" : by === "terms" ? "t.record_id" : "r.id";
  const keyOf = { log: "l.seq", terms: "t.term", column: `r.${column}`, id: "r.id" }[by];
  const compare = sql.raw(order === "asc" ? ">" : "<");
  const ordered =
    by === "id" || (by === "terms" && bounds === "one term") ? [id] : by === "terms" ? [keyOf, id] : [keyOf];
  const place = sql.join(ordered.map((one) => sql.ref(one)));
  const last = sql.join(ordered.map((one) => param(one === id ? "afterId" : "afterKey")));

  /** The entries of the index; `r` is the record of an entry. */
  function entries(any: Kysely<AnyDB>) {
    switch (by) {
      case "log":
        // A row that is not its record's latest joins no record.
        return any
          .selectFrom("change_log as l")
          .leftJoin(`${table} as r`, (join) =>
            join
              .onRef("r.tenant", "=", "l.tenant")
              .onRef("r.id", "=", "l.record_id")
              .onRef("r.seq", "=", "l.seq"),
          )
          .where("l.tenant", "=", param("tenant"));
      case "terms":
        return any
          .selectFrom("search_terms as t")
          .crossJoin(`${table} as r`)
          .where("t.tenant", "=", param("tenant"))
          .where("t.record_type", "=", text(type))
          .where("t.field", "=", param("index"))
          .whereRef("r.tenant", "=", "t.tenant")
          .whereRef("r.id", "=", "t.record_id");
      default: {
        const all = any.selectFrom(`${table} as r`).where("r.tenant", "=", param("tenant"));
        if (by === "id") return all;
        return all
          .where(`r.${column}`, "is not", null)
          .$if(isLiveOnly(type, column), (query) => query.where("r.deleted_at", "is", null));
      }
    }
  }
  const columns = fields.map((field) => `r.${byField.get(field)?.name ?? ""}`);
  return compile(dialect, (db) =>
    entries(anyTable(db))
      .$if(bounds === "one term", (query) => query.where(sql<SqlBool>`${sql.ref(keyOf)} = ${param("low")}`))
      .$if(bounds === "span", (query) =>
        query.where(
          sql<SqlBool>`${sql.ref(keyOf)} >= ${param("low")} and ${sql.ref(keyOf)} < ${param("high")}`,
        ),
      )
      .$if(after, (query) => query.where(sql<SqlBool>`(${place}) ${compare} (${last})`))
      .select([sql.ref(keyOf).as("walk_key"), sql.ref(id).as("walk_id"), sql.ref("r.seq").as("walk_seq")])
      .select(columns)
      .orderBy(ordered[0] as string, order)
      .$if(ordered.length > 1, (query) => query.orderBy(id, order))
      .limit(param<number>("limit")),
  );
});

/** The bounds of a walk, as the index has them. */
async function boundsOf(
  asker: Asker,
  tenant: number,
  type: RecordType,
  along: Along,
): Promise<{ bounds: Shape["bounds"]; low: Scalar; high: Scalar }> {
  const span = "span" in along ? along.span : undefined;
  if (!span) return { bounds: "none", low: null, high: null };
  const [low, high] = span;
  if (along.by === "log") {
    const end = low === high ? afterTerm(low) : high;
    const seqs = await Promise.all([firstSeqAt(asker, tenant, low), firstSeqAt(asker, tenant, end)]);
    return { bounds: "span", low: seqs[0], high: seqs[1] };
  }
  const bounds = low === high ? "one term" : "span";
  if (along.by === "column" && tables[type].byField.get(along.field)?.type === "integer")
    return { bounds, low: numberOf(low), high: numberOf(high) };
  return { bounds, low, high };
}

/** The number that a bound of terms stands for. */
const numberOf = (term: string): number =>
  term.startsWith(absentTerm)
    ? Number.MAX_SAFE_INTEGER
    : term.endsWith(justAfter)
      ? Number(term.slice(0, -1)) + 1
      : Number(term);

async function rowsAlong(
  asker: Asker,
  tenant: number,
  type: RecordType,
  { along, order, after, limit }: WalkQuery,
  fields: readonly string[],
): Promise<unknown[][]> {
  const { bounds, low, high } = await boundsOf(asker, tenant, type, along);
  const column = along.by === "column" ? tables[type].byField.get(along.field)?.name : undefined;
  const step = statement(
    asker.dialect,
    JSON.stringify({
      type,
      by: along.by,
      column: column ?? "",
      order,
      bounds,
      after: after !== undefined,
      fields,
    } satisfies Shape),
  );
  return ask(asker, step, {
    tenant,
    index: along.by === "terms" ? along.index : null,
    low,
    high,
    afterKey: after?.[0] ?? null,
    afterId: after?.[1] ?? null,
    limit,
  });
}

/** The index of a record's first value in a row of a walk. */
const start = 3;

const entryOf = <R>(row: readonly unknown[], record: () => R): WalkEntry<R> => ({
  place: [row[0] as string | number, row[1] as string],
  seq: row[2] as number,
  record: row[2] === null ? undefined : record(),
});

export async function walk<T extends RecordType>(
  asker: Asker,
  tenant: number,
  type: T,
  query: WalkQuery,
): Promise<WalkEntry<StoredRecords[T]>[]> {
  const fields = query.fields ?? allFields(type);
  const rows = await rowsAlong(asker, tenant, type, query, fields);
  return rows.map((row) => entryOf(row, () => decodeFields<StoredRecords[T]>(type, fields, row, start)));
}

export async function walkRows<T extends RecordType>(
  asker: Asker,
  tenant: number,
  type: T,
  query: Omit<WalkQuery, "fields">,
): Promise<WalkEntry<StoredRow<T>>[]> {
  const rows = await rowsAlong(asker, tenant, type, query, allFields(type));
  return rows.map((row) => entryOf(row, () => new StoredRow(type, row, start)));
}

const allFields = (type: RecordType): string[] => tables[type].columns.map(({ field }) => field);

const stretch = shape((dialect, type: RecordType, by: "terms" | "column", column: string, isTerm: boolean) =>
  compile(dialect, (db) => {
    const any = anyTable(db);
    const from =
      by === "terms"
        ? any
            .selectFrom("search_terms as r")
            .where("r.record_type", "=", text(type))
            .where("r.field", "=", param("index"))
        : any
            .selectFrom(`${tables[type].name} as r`)
            .$if(isLiveOnly(type, column), (query) => query.where("r.deleted_at", "is", null));
    const key = sql.ref(by === "terms" ? "r.term" : `r.${column}`);
    const bounded = from
      .where("r.tenant", "=", param("tenant"))
      .where(
        isTerm
          ? sql<SqlBool>`${key} = ${param("low")}`
          : sql<SqlBool>`${key} >= ${param("low")} and ${key} < ${param("high")}`,
      )
      .select(sql.lit(1).as("one"))
      .limit(param<number>("limit"));
    return any.selectFrom(bounded.as("s")).select((eb) => eb.fn.countAll().as("entries"));
  }),
);

/** Counts the entries of a stretch of an index, up to a limit. */
export async function entries(
  asker: Asker,
  tenant: number,
  type: RecordType,
  along: Along,
  limit: number,
): Promise<number> {
  const { bounds, low, high } = await boundsOf(asker, tenant, type, along);
  if (along.by === "log") return Math.min(limit, Number(high) - Number(low));
  if (along.by === "id" || bounds === "none") return limit;
  const column = along.by === "column" ? (tables[type].byField.get(along.field)?.name ?? "") : "";
  const statement = stretch(asker.dialect, type, along.by, column, bounds === "one term");
  const index = along.by === "terms" ? along.index : null;
  const rows = await ask(asker, statement, { tenant, index, low, high, limit });
  return Number(rows[0]?.[0] ?? 0);
}

/** The records with these unique values, undecoded, in the order of the values; unknown ones are skipped. */
export async function findRows<T extends RecordType>(
  asker: Asker,
  tenant: number,
  type: T,
  field: string,
  values: readonly Scalar[],
): Promise<StoredRow<T>[]> {
  const places = values.map((value) => [tenant, value]);
  const found = await askAll(asker, findRow(asker.dialect, type, field), places);
  return found.flatMap((row) => (row ? [row as StoredRow<T>] : []));
}
