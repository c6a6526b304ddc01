import type { ErrorBody, JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import { membersAfter, valuesOf, type Entry, type Known } from "../model.ts";
import { overlap } from "../pointers.ts";
import { must, same } from "../wrong.ts";

/** Change sets, and what takes them back. */

/** Opens a set, which the bulk requests that follow belong to, or closes the open one. */
export async function openOrClose(history: History): Promise<void> {
  if (history.openSet === undefined) {
    const { data } = await history.command("changeSet.open", {
      kind: history.random.pick(["bulk", "import"]),
    });
    history.openSet = data["id"] as string;
    history.sets.push(history.openSet);
    return;
  }
  await history.command("changeSet.close", { where: { id: history.openSet } });
  history.openSet = undefined;
}

/** Undoes one of the latest sets and, half of the time, undoes the undo. */
export async function undo(history: History): Promise<void> {
  const { random, sets } = history;
  if (sets.length === 0) return;
  const set = random.chance(0.6) ? (sets.at(-1) as string) : random.pick(sets);
  const made = await undoOf(history, set);
  if (made !== undefined && random.chance(0.5)) await undoOf(history, made);
}

interface Item {
  recordType: string;
  id: string;
  outcome: string;
  changes?: JsonObject[];
  error?: ErrorBody;
}

/** Undoes a set, and checks what became of its records. @returns the undo's own set */
async function undoOf(history: History, set: string): Promise<string | undefined> {
  const { model, random, door } = history;
  const family = await familyOf(history, set);
  const records = recordsOf(history, family);
  const where = { where: { id: set } };
  const dry = random.chance(0.4) ? await door.call("changeSet.undo", { ...where, dryRun: true }) : undefined;
  if (dry) same(await model.observe(), [], "the changes of the dry run of an undo");
  const items: Item[] = [];
  let made: string | undefined;
  const entries: Entry[] = [];
  for (let done = false; !done;) {
    const step = await history.command("changeSet.undo", where);
    must(!step.error, `the undo of ${set} is refused: ${JSON.stringify(step.error)}`);
    items.push(...(step.data["items"] as unknown as Item[]));
    entries.push(...step.entries);
    made = (step.data["changeSet"] as JsonObject)["id"] as string;
    done = step.data["done"] as boolean;
  }
  if (set === history.openSet) history.openSet = undefined;
  if (dry) {
    same(dry.error, undefined, "the refusal of the dry run of an undo");
    const foretold = dry.data["items"] as unknown as Item[];
    const short = (all: readonly Item[]) =>
      all.map(({ id, outcome, error }) => ({ id, outcome, code: error?.code }));
    same(short(foretold), short(items), "what the dry run of an undo foretold");
  }
  checkOthers(history, family, entries);
  const left = new Map(items.filter(({ outcome }) => outcome === "left").map((item) => [item.id, item]));
  const isAlone = model.log.every(
    ({ seq, changeSet }) => seq < records.first || family.has(changeSet ?? "") || changeSet === made,
  );
  for (const { known, before, untouched } of records.all) {
    const item = left.get(known.id);
    if (known.erased || !untouched) continue;
    if (item) {
      // Stored values may break rules that an undo must meet: properties that do not fit the tenant's schema,
      // and references to records that have been deleted.
      const isOutdated = item.error?.faults?.every(({ code }) => ["schema", "not_found"].includes(code));
      must(
        !isAlone || isOutdated === true,
        `an undo after which nobody changed anything leaves ${known.id}: ${JSON.stringify(item.error)}`,
      );
      must(
        item.error?.code !== "STALE_VERSION",
        `an undo leaves ${known.id} for changes of others: ${JSON.stringify(item.error)}`,
      );
      continue;
    }
    const now = model.current(known.id);
    const what = `${known.type} ${known.id} after the undo of ${set}`;
    if (before === undefined) must(now.deletedAt !== null, `${what} is live`);
    else same(comparable(now, known), before, what);
  }
  return made;
}

/** An undo changes nothing that others have changed since the set's first change of the record. */
function checkOthers({ model }: History, family: ReadonlySet<string>, entries: readonly Entry[]): void {
  const isOwn = ({ changeSet }: Entry) => changeSet !== undefined && family.has(changeSet);
  for (const { recordId, seq, changes } of entries) {
    const log = model.records.get(recordId)?.log ?? [];
    const since = log.slice(log.findIndex(isOwn)).filter((entry) => entry.seq < (entries[0] as Entry).seq);
    for (const other of since)
      for (const theirs of isOwn(other) ? [] : other.changes)
        for (const { path } of changes)
          must(
            !overlap(path, theirs.path),
            `the undo ${seq} of ${recordId} changes ${path}, which others have changed in ${other.seq}`,
          );
  }
}

/** A set, and all undos of it and of its undos that there were: taking it back takes them back too. */
async function familyOf({ door, sets }: History, set: string): Promise<Set<string>> {
  const family = new Set([set]);
  for (const id of sets.slice(sets.indexOf(set) + 1)) {
    const { undoes } = await door.ask("changeSet.get", { where: { id } });
    if (family.has(undoes as string)) family.add(id);
  }
  return family;
}

const comparable = (shown: JsonObject, { state }: Pick<Known, "state">): JsonObject => {
  const values: JsonObject = { ...valuesOf(shown), members: { ...(state["members"] as JsonObject) } };
  // A record that is deleted again gets a new time of it.
  values["deletedAt"] = shown["deletedAt"] === null ? null : "deleted";
  return values;
};

/** The records that a set has changed, as they were before, and whether nothing else has changed them since. */
function recordsOf({ model }: History, family: ReadonlySet<string>) {
  const isOwn = ({ changeSet }: Entry) => changeSet !== undefined && family.has(changeSet);
  const own = model.log.filter(isOwn);
  const all = [...new Set(own.map(({ recordId }) => recordId))].flatMap((id) => {
    const known = model.records.get(id);
    if (!known || known.erased) return [];
    const at = known.log.findIndex(isOwn);
    const previous = known.log[at - 1];
    const shown = previous && known.versions.get(previous.version)?.shown;
    // Of several changes by one command only the last was answered.
    if (previous && !shown) return [];
    const members = membersAfter(known.log.slice(0, at));
    const before = shown && comparable(shown, { state: { members } });
    return [{ known, before, untouched: known.log.slice(at).every(isOwn) }];
  });
  return { all, first: own[0]?.seq ?? 0 };
}
