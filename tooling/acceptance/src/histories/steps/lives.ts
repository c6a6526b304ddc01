import type { History } from "../history.ts";
import { valuesOf, type Entry, type Type } from "../model.ts";
import { same } from "../wrong.ts";

/** Commands that end the life of a record, or take that back. */

export const remove =
  (type: Type) =>
  async (history: History): Promise<void> => {
    const known = history.some(type);
    if (!known) return;
    await history.command(`${type}.delete`, { where: history.whereOf(known) });
    if (history.random.chance(0.3)) await history.command(`${type}.restore`, { where: { id: known.id } });
  };

export const restore =
  (type: Type) =>
  async (history: History): Promise<void> => {
    const deleted = history.model
      .of(type)
      .filter(({ id, erased }) => !erased && history.model.current(id).deletedAt !== null);
    if (deleted.length === 0) return;
    await history.command(`${type}.restore`, { where: { id: history.random.pick(deleted).id } });
  };

export const erase =
  (type: Type) =>
  async (history: History): Promise<void> => {
    const known = history.some(type, 0.5);
    if (known) await history.command(`${type}.erase`, { where: { id: known.id } });
  };

/** Merges two customers and, half of the time, takes that back at once. */
export async function merge(history: History): Promise<void> {
  const { random, model } = history;
  const [from, into] = [history.some("customer"), history.some("customer", 1)];
  if (!from || !into) return;
  const done = await history.command("customer.merge", {
    where: history.whereOf(from),
    into: history.whereOf(into),
    ...(random.chance(0.4) && {
      prefer: {
        [random.pick(["name", "email", "phone", "properties", "addressCountry"])]: "from",
      },
    }),
  });
  if (done.error || random.chance(0.5)) return;
  const back = await history.command("customer.unmerge", { where: { id: from.id } });
  same(back.error, undefined, "the refusal of an unmerge right after its merge");
  for (const { recordId, version } of firstEntries(done.entries)) {
    const before = model.records.get(recordId)?.versions.get(version - 1)?.shown;
    if (before)
      same(
        valuesOf(model.current(recordId)),
        valuesOf(before),
        `${recordId} after an unmerge right after its merge`,
      );
  }
}

/** The first change of each record. */
const firstEntries = (entries: readonly Entry[]): Entry[] => [
  ...new Map(entries.toReversed().map((entry) => [entry.recordId, entry])).values(),
];

export async function unmerge(history: History): Promise<void> {
  const merged = history.model
    .of("customer")
    .filter(({ id }) => history.model.current(id)["mergedInto"] !== null);
  if (merged.length > 0)
    await history.command("customer.unmerge", { where: { id: history.random.pick(merged).id } });
}
