import type { Change, JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import {
  computed,
  membersAfter,
  valuesOf,
  without,
  type Entry,
  type Known,
  type Snapshot,
} from "../model.ts";
import { applyTo } from "../pointers.ts";
import { same } from "../wrong.ts";

/**
 * Every version of a record stays what it was answered while it was the current one: its history is that of
 * the feed, `at` shows it, and `diff` leads from one to another.
 */
export async function checkVersions(history: History, known: Known): Promise<void> {
  const { door, random } = history;
  const { id, type, log, erased } = known;
  const where = { id };
  const told = await door.all<Entry & JsonObject>(`${type}.history`, { where, limit: 1 + random.below(40) });
  same(told.toReversed().map(comparable), log.map(comparable), `the history of ${type} ${id}`);
  const { items } = await door.ask("change.list", { ids: [id], limit: 1_000 });
  same(
    (items as unknown as Entry[]).map(comparable),
    log.map(comparable),
    `the changes of ${type} ${id} in the feed`,
  );
  await checkExported(history, known);
  if (erased) return;
  const versions = [...known.versions];
  for (const [version, snapshot] of [random.pick(versions), random.pick(versions)]) {
    await checkAt(history, known, { version }, snapshot);
  }
  await checkMoment(history, known);
  if (type === "userGroup" && history.model.current(id).deletedAt === null)
    await checkMembers(history, known);
  const [[from, older], [to, newer]] = [random.pick(versions), random.pick(versions)];
  const { changes } = await door.ask(`${type}.diff`, { where, from, to });
  const state = structuredClone(valuesOf(older.shown));
  applyTo(
    state,
    (changes as unknown as Change[]).filter(({ path }) => !path.startsWith("/members/")),
  );
  same(
    afterDiff(state),
    afterDiff(valuesOf(newer.shown)),
    `${type} ${id} of version ${from} with the changes to version ${to}`,
  );
}

/** An export of a record has the record, its history, and the duplicates that were merged into it. */
async function checkExported({ door, model }: History, { id, type, log }: Known): Promise<void> {
  const { record, history, merged } = await door.look(`${type}.export`, { where: { id } });
  same(
    without(record as JsonObject, ...computed),
    without(model.current(id), ...computed),
    `the record in the export of ${type} ${id}`,
  );
  same(
    (history as unknown as Entry[]).toReversed().map(comparable),
    log.map(comparable),
    `the history in the export of ${type} ${id}`,
  );
  const duplicates = model.of("customer").filter((other) => model.current(other.id)["mergedInto"] === id);
  const names = (merged as unknown as { record: { id: string } }[]).map((one) => one.record.id);
  same(
    names.toSorted(),
    duplicates.map((one) => one.id).toSorted(),
    `the duplicates in the export of ${type} ${id}`,
  );
}

/** `diff` compares the values that callers can write, and whether the record is deleted. */
const afterDiff = (state: JsonObject): JsonObject => without(state, "mergedInto");

async function checkAt(
  { door, model }: History,
  { id, type }: Known,
  moment: { version: number } | { at: string },
  { shown, seq, prompt }: Snapshot,
): Promise<void> {
  // Which changes share a millisecond differs each time.
  const ask = "version" in moment ? door.ask.bind(door) : door.look.bind(door);
  const then = await ask(`${type}.at`, { where: { id }, ...moment });
  const what = `${type} ${id} at ${JSON.stringify(moment)}`;
  // Values that came from or through a customer that was erased since are gone.
  const isWhole = "version" in moment && prompt && model.lastErasure <= seq;
  const parts = isWhole ? [] : computed;
  same(without(then, ...parts), without(shown, ...parts), what);
}

/** At the time of a change the record was as the last change of that millisecond made it. */
async function checkMoment(history: History, known: Known): Promise<void> {
  const { at } = history.random.pick(known.log);
  const last = known.log.findLast((entry) => entry.at <= at) as Entry;
  const snapshot = known.versions.get(last.version);
  if (snapshot) await checkAt(history, known, { at }, snapshot);
}

/** The members of an earlier version, as far as they are live now. */
async function checkMembers({ door, model, random }: History, { id, log }: Known): Promise<void> {
  const { version } = random.pick(log);
  const isLive = (member: string) => model.current(member).deletedAt === null;
  const expected = Object.keys(membersAfter(log.filter((entry) => entry.version <= version))).filter(isLive);
  const listed = await door.all("userGroup.members", { where: { id }, version, limit: 1 + random.below(5) });
  const found = listed.map((member) => member["id"] as string).filter(isLive);
  same(found, expected.toSorted(), `the members of user group ${id} at version ${version}`);
}

const comparable = ({
  seq,
  version,
  action,
  at,
  actor,
  source,
  reason,
  changes,
  changeSet,
}: Entry): object => ({
  seq,
  version,
  action,
  at,
  actor,
  source,
  reason,
  changes,
  changeSet,
});
