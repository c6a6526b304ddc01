import {
  collectEntryChanges,
  inverse,
  rewind,
  withEntryChanges,
  type Change,
  type ChangedSince,
  type LoggedChange,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";
import type { ChangeStep } from "../changes.ts";
import type { Found, HistoryStep, Moment } from "../database.ts";
import { decodeEntry, type Latest } from "../rows.ts";
import { tables } from "../tables.ts";
import { withActors } from "./actor-names.ts";
import { ask, askOne, type Asker, shape } from "./asker.ts";
import { anyTable, compile, param } from "./build.ts";
import { entryColumns, entryNames } from "./log.ts";
import { find } from "./records.ts";

/** Reads of a record's log. Each row names the previous one, so a history is read backwards by primary key. */

/** The numbers of rows in the first page and in later ones: most reads are short. */
const firstPage = 20;
const laterPages = 500;

const types = Object.keys(tables) as RecordType[];

/**
 * Rows of a record's log, backwards.
 * @param type the type of the record, to begin at its latest row; empty to begin at the parameter `from`;
 *   `any` for an unknown type
 */
const walk = shape((dialect, type: RecordType | "" | "any") =>
  compile(dialect, (db) => {
    const any = anyTable(db);
    const latest = (of: RecordType) =>
      any
        .selectFrom(`${tables[of].name} as r`)
        .select("r.seq")
        .where("r.tenant", "=", param("tenant"))
        .where("r.id", "=", param("id"));
    const [first, ...others] = type === "any" ? types : type === "" ? [] : [type];
    const from = first && others.reduce((query, other) => query.unionAll(latest(other)), latest(first));
    return db
      .withRecursive("h", (h) =>
        h
          .selectFrom("change_log as l")
          .select([...entryColumns, "l.prev_seq"])
          .where("l.tenant", "=", param<number>("tenant"))
          .where("l.seq", "=", (from ?? param("from")) as ReturnType<typeof param<number>>)
          .where("l.record_id", "=", param<string>("id"))
          .unionAll(
            h
              .selectFrom("h")
              .crossJoin("change_log as l")
              .select([...entryColumns, "l.prev_seq"])
              .where("l.tenant", "=", param<number>("tenant"))
              .whereRef("l.seq", "=", "h.prev_seq")
              .where("l.record_id", "=", param<string>("id")),
          ),
      )
      .selectFrom("h")
      .select([...entryNames, "prev_seq"])
      .limit(param<number>("limit"));
  }),
);

/** A page of a record's log, newest first, beginning at a `seq` or at the latest row. */
async function page(
  asker: Asker,
  tenant: number,
  type: RecordType | "any",
  id: string,
  from: number | undefined,
  limit: number,
): Promise<unknown[][]> {
  const statement = walk(asker.dialect, from === undefined ? type : "");
  return ask(asker, statement, { tenant, id, from: from ?? null, limit });
}

const previous = (row: readonly unknown[] | undefined): number | null =>
  (row?.[entryNames.length] ?? null) as number | null;

/** A page of a record's log, newest first, and the `seq` to continue from. */
export async function history(
  asker: Asker,
  tenant: number,
  type: RecordType,
  id: string,
  from: number | undefined,
  limit: number,
): Promise<HistoryStep> {
  const rows = await page(asker, tenant, type, id, from, limit);
  const items = await withActors(asker, tenant, rows.map(decodeEntry));
  return { items, next: previous(rows.at(-1)) };
}

/** Yields the rows of a record's log, newest first, and reads them in pages. */
async function* entries(
  asker: Asker,
  tenant: number,
  type: RecordType,
  id: string,
  from?: number,
): AsyncGenerator<LoggedChange> {
  let next: number | null | undefined = from;
  for (let limit = firstPage; next !== null; limit = laterPages) {
    const rows: unknown[][] = await page(asker, tenant, type, id, next, limit);
    for (const row of rows) yield decodeEntry(row);
    next = previous(rows.at(-1));
  }
}

const isAt = (entry: LoggedChange, moment: Moment): boolean =>
  "version" in moment
    ? entry.version <= moment.version
    : "seq" in moment
      ? entry.seq <= moment.seq
      : entry.at <= moment.at;

/**
 * A record as it was at a moment, and the `seq` of the change that produced that state; undefined if it did
 * not exist.
 */
export async function asOf<T extends RecordType>(
  asker: Asker,
  tenant: number,
  type: T,
  { record, seq: from }: { record: StoredRecords[T]; seq?: number | undefined },
  moment: Moment,
): Promise<Latest<T> | undefined> {
  let then = record;
  const ofEntries = new Map<string, Change>();
  for await (const entry of entries(asker, tenant, type, record.id, from)) {
    const { seq, version, at, actor } = entry;
    // This row was written after the record was read.
    if (version > record.version) continue;
    if (isAt(entry, moment)) {
      const stamps = { version, updatedAt: at, updatedBy: actor };
      const state = version === record.version ? record : { ...then, ...stamps };
      return { seq, record: withEntryChanges(state, ofEntries) };
    }
    collectEntryChanges(ofEntries, record, inverse(entry.changes));
    then = rewind(then, [entry]);
  }
  return undefined;
}

/** A record as it was at a version, computed from its current state. */
export async function atVersion(
  asker: Asker,
  tenant: number,
  type: RecordType,
  id: string,
  version: number,
): Promise<Found["asOf"]> {
  const latest = await askOne(asker, find(asker.dialect, type, "id"), [tenant, id]);
  return latest && (await asOf(asker, tenant, type, latest, { version }))?.record;
}

/** The log row of a version of a record. */
export async function entryOf(
  asker: Asker,
  tenant: number,
  type: RecordType,
  id: string,
  version: number,
): Promise<Found["entry"]> {
  for await (const entry of entries(asker, tenant, type, id))
    if (entry.version <= version) return entry.version === version ? entry : undefined;
  return undefined;
}

/** The rows of a record's log from a `seq` on, newest first. */
export async function entriesFrom(
  asker: Asker,
  tenant: number,
  { type, id, seq, limit }: { type: RecordType; id: string; seq: number; limit: number },
): Promise<Found["entriesFrom"]> {
  const found: LoggedChange[] = [];
  for await (const entry of entries(asker, tenant, type, id)) {
    if (entry.seq < seq || found.length === limit) break;
    found.push(entry);
  }
  return found;
}

/** The paths of a record that changed after a version, each with its latest change, in the order of their first one. */
export async function changedAfter(
  asker: Asker,
  tenant: number,
  type: RecordType,
  id: string,
  version: number,
): Promise<ChangedSince[]> {
  const latest = new Map<string, ChangedSince>();
  for await (const { changes, ...entry } of entries(asker, tenant, type, id)) {
    if (entry.version <= version) break;
    for (const { path } of changes.toReversed()) {
      const known = latest.get(path) ?? { path, version: entry.version, at: entry.at, actor: entry.actor };
      latest.delete(path);
      latest.set(path, known);
    }
  }
  return [...latest.values()].toReversed();
}

/** The first changes of a record with `after` < `seq` ≤ `upTo`, oldest first. */
export async function changesOf(
  asker: Asker,
  tenant: number,
  id: string,
  after: number,
  upTo: number,
  limit: number,
): Promise<ChangeStep> {
  // Usually the record's next change is the row after `after`.
  const [known] = await page(asker, tenant, "any", id, after + 1, 1);
  if (known && after < upTo)
    return { items: await withActors(asker, tenant, [decodeEntry(known)]), seq: after + 1 };
  let found: unknown[][] = [];
  let more = false;
  let next: number | null | undefined;
  for (let size = firstPage; next !== null; size = laterPages) {
    const rows: unknown[][] = await page(asker, tenant, "any", id, next, size);
    const within = rows.filter(([seq]) => (seq as number) > after && (seq as number) <= upTo);
    found.push(...within);
    more ||= found.length > limit;
    // The oldest changes come last, and are the ones to return.
    found = found.slice(-limit);
    const last = rows.at(-1);
    next = last && (last[0] as number) > after ? previous(last) : null;
  }
  const items = await withActors(asker, tenant, found.toReversed().map(decodeEntry));
  return { items, seq: (more ? items.at(-1)?.seq : undefined) ?? upTo };
}
