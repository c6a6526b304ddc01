import type { RecordType, StoredChangeSet } from "@roster/domain";
import { sql } from "kysely";
import { maxAlike, type ChangeSetQuery, type Found, type SetStep } from "../database.ts";
import { columnsOf, decoderOf, decodeEntry, logColumns, type Scalar } from "../rows.ts";
import { tables } from "../tables.ts";
import { ask, askAll, type Asker, shape } from "./asker.ts";
import { anyTable, compile, param, question, text } from "./build.ts";
import { entryColumns, scanBudget } from "./log.ts";
import { find } from "./records.ts";

/** Change sets: their rows, and their changes in the log. */

const columns = columnsOf("changeSets");
const names = columns.map(({ name }) => `s.${name}`);
const decode = decoderOf<StoredChangeSet>(columns, (field) => `the ${field} of a change set`);

export const changeSetOf = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", id: "text" },
    (db, w, tenant) =>
      anyTable(db)
        .selectFrom(w)
        .crossJoin("change_sets as s")
        .select(["w.i", ...names])
        .where("s.tenant", "=", tenant)
        .whereRef("s.id", "=", "w.id"),
    ([row]): Found["changeSet"] => row && decode(row.slice(1)),
  ),
);

const page = shape((dialect, byKind: boolean, before: boolean) =>
  compile(dialect, (db) =>
    anyTable(db)
      .selectFrom("change_sets as s")
      .select(names)
      .where("s.tenant", "=", param("tenant"))
      .$if(byKind, (query) => query.where("s.kind", "=", param("kind")))
      .$if(before, (query) => query.where("s.id", "<", param("before")))
      .orderBy("s.id", "desc")
      .limit(param<number>("limit")),
  ),
);

/** Change sets, newest first: their ids have the order of creation. */
export async function changeSets(
  asker: Asker,
  tenant: number,
  { kind, before, limit }: ChangeSetQuery,
): Promise<StoredChangeSet[]> {
  const statement = page(asker.dialect, kind !== undefined, before !== undefined);
  const values = { tenant, kind: kind ?? null, before: before ?? null, limit };
  return (await ask(asker, statement, values)).map(decode);
}

/** The maximum number of changes, and of bytes of their JSON, in one step through a set. */
const stepLimits = { changes: 500, bytes: 4 * 1024 * 1024 };

/** The changes of a set in a range of the log, newest first, until there is enough JSON. */
const within = shape((dialect) =>
  compile(dialect, (db) => {
    const sized = db
      .selectFrom("change_log as c")
      .select(["c.seq", dialect.size("c.changes").as("size")])
      .where("c.tenant", "=", param<number>("tenant"))
      .where("c.seq", ">=", param<number>("from"))
      .where("c.seq", "<", param<number>("before"))
      .where("c.change_set", "=", param<string>("set"))
      .orderBy("c.seq", "desc")
      .limit(sql.lit(stepLimits.changes))
      .as("c");
    const added = db
      .selectFrom(sized)
      .select(["c.seq", "c.size", sql<number>`sum(c.size) over (order by c.seq desc)`.as("total")])
      .as("s");
    return db
      .selectFrom(added)
      .crossJoin("change_log as l")
      .select([...entryColumns, "l.prev_seq", "s.total"])
      .where("l.tenant", "=", param<number>("tenant"))
      .whereRef("l.seq", "=", "s.seq")
      .where(sql<number>`s.total - s.size`, "<", sql.lit(stepLimits.bytes));
  }),
);

/** One step backwards through the changes of a set. */
export async function changesOfSet(
  asker: Asker,
  tenant: number,
  { id, firstSeq, lastSeq }: StoredChangeSet,
  before: number,
): Promise<SetStep> {
  if (firstSeq === null || lastSeq === null) return { items: [], seq: 0 };
  const end = Math.min(before, lastSeq + 1);
  const from = Math.max(firstSeq, end - scanBudget);
  const found = await ask(asker, within(asker.dialect), { tenant, from, before: end, set: id });
  const rows = found.toSorted((a, b) => (b[0] as number) - (a[0] as number));
  const items = rows.map((row) => ({
    entry: decodeEntry(row),
    prevSeq: row[logColumns.length] as number | null,
  }));
  const cut = items.length === stepLimits.changes || Number(rows.at(-1)?.at(-1) ?? 0) >= stepLimits.bytes;
  return { items, seq: (cut ? items.at(-1)?.entry.seq : undefined) ?? from };
}

/** The ids of the live records with a term by which list filters find them. */
export const idsAlike = shape((dialect, type: RecordType) =>
  question(
    dialect,
    { tenant: "integer", field: "text", term: "text" },
    (db, w, tenant) =>
      anyTable(db)
        .selectFrom(w)
        .select((eb) => [
          "w.i",
          eb
            .selectFrom(
              eb
                .selectFrom("search_terms as t")
                .select("t.record_id as id")
                .where("t.tenant", "=", tenant)
                .where("t.record_type", "=", text(type))
                .whereRef("t.field", "=", "w.field")
                .whereRef("t.term", "=", "w.term")
                // Not a join, for which PostgreSQL without statistics walks an index of the whole tenant.
                .where(
                  ({ selectFrom }) =>
                    selectFrom(`${tables[type].name} as r`)
                      .select("r.id")
                      .whereRef("r.tenant", "=", "t.tenant")
                      .whereRef("r.id", "=", "t.record_id")
                      .where("r.deleted_at", "is", null),
                  "is not",
                  null,
                )
                .limit(sql.lit(maxAlike))
                .as("x"),
            )
            .select(dialect.jsonRows(["x.id"]).as("ids"))
            .as("ids"),
        ]),
    ([row]) => (typeof row?.[1] === "string" ? (JSON.parse(row[1]) as [string][]).map(([id]) => id) : []),
  ),
);

/**
 * The records with these ids, in lists as given.
 * @param places begin with the tenant of the list at their index
 */
export async function recordsOf(
  asker: Asker,
  type: RecordType,
  places: readonly (readonly Scalar[])[],
  ids: readonly (readonly string[])[],
): Promise<Found["alike"][]> {
  const wanted = ids.flatMap((some, i) => some.map((id) => [places[i]?.[0] ?? null, id]));
  const found = await askAll(asker, find(asker.dialect, type, "id"), wanted);
  let next = 0;
  return ids.map((some) => some.flatMap(() => found[next++] ?? []));
}
