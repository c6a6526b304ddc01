import { isApart, type Change } from "./change.ts";
import { pointer, segments } from "./pointer.ts";

/**
 * Sets that are kept apart from their record (see `apart` in `field.ts`). Their changes are logged entry by
 * entry: `{ path: "/members/<id>", to: true }` for a new entry, `from: true` for one that is gone.
 */

/** The changes from one state of a set to another. */
export function changesOfEntries(
  field: string,
  before: readonly string[],
  after: readonly string[],
): Change[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...before
      .filter((entry) => !now.has(entry))
      .map((entry) => ({ path: pointer(field, entry), from: true })),
    ...after.filter((entry) => !old.has(entry)).map((entry) => ({ path: pointer(field, entry), to: true })),
  ];
}

/** The changes of entries from one state of a record to another, by their paths. */
export type EntryChanges = ReadonlyMap<string, Change>;

/** Adds further changes to those of entries. Two changes of one entry become one. */
export function collectEntryChanges(
  into: Map<string, Change>,
  record: object,
  changes: readonly Change[],
): void {
  for (const { path, ...change } of changes) {
    if (!isApart(record, segments(path))) continue;
    const { from } = into.get(path) ?? change;
    const { to } = change;
    into.set(path, { path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
  }
}

/** Kept where neither a reader nor a comparison of records sees it. */
const collected = Symbol("changes of entries");

/** A record of an earlier version, with the changes of entries that lead to it from a later one. */
export const withEntryChanges = <R extends object>(record: R, changes: EntryChanges): R =>
  changes.size > 0 || collected in record
    ? Object.defineProperty({ ...record }, collected, { value: changes })
    : record;

/** The changes of entries that lead to this state of a record, from the one that it was computed from. */
export const entryChanges = (record: object): Change[] =>
  [...((record as { [collected]?: EntryChanges })[collected]?.values() ?? [])].filter(
    ({ from, to }) => from !== to,
  );
