import { apply, segments, type Change } from "@roster/domain";
import type { AnyRecord } from "../kind.ts";

/** Both sides of a conflict, side by side. */
export interface Clash {
  path: string;
  mine: Change | undefined;
  theirs: Change | undefined;
  /** Whether both sides changed the same value, so that somebody must choose. */
  both: boolean;
}

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
const overlaps = (a: Change, b: Change): boolean => isWithin(a.path, b.path) || isWithin(b.path, a.path);

const isEntries = (value: unknown): value is string[] => Array.isArray(value);
/** Entries that come and go in a set never clash. */
const isSet = ({ from, to }: Change): boolean => isEntries(from) && isEntries(to);

/** The changes of both sides since their common version, in the order of my changes and then of theirs. */
export function clashes(mine: readonly Change[], theirs: readonly Change[]): Clash[] {
  const own = mine.map((change): Clash => {
    const other = theirs.find((one) => overlaps(one, change));
    const both = other !== undefined && !(isSet(change) && isSet(other)) && !isSame(change, other);
    return { path: change.path, mine: change, theirs: other, both };
  });
  const rest = theirs
    .filter((change) => !mine.some((one) => overlaps(one, change)))
    .map((change): Clash => ({ path: change.path, mine: undefined, theirs: change, both: false }));
  return [...own, ...rest];
}

const isSame = (a: Change, b: Change): boolean =>
  a.path === b.path && JSON.stringify(a.to) === JSON.stringify(b.to);

/**
 * Their record with my changes on top.
 *
 * @param kept whether one of my changes is kept
 */
export function rebased(
  theirs: AnyRecord,
  mine: readonly Change[],
  target: AnyRecord,
  kept: (change: Change) => boolean,
): AnyRecord {
  let result = theirs;
  for (const change of mine) {
    if (!kept(change)) continue;
    const [name = ""] = segments(change.path);
    const now = result[name];
    if (isSet(change) && isEntries(now)) {
      const [from, to] = [change.from as string[], change.to as string[]];
      const removed = from.filter((entry) => !to.includes(entry));
      const added = to.filter((entry) => !from.includes(entry) && !now.includes(entry));
      result = { ...result, [name]: [...now.filter((entry) => !removed.includes(entry)), ...added] };
      continue;
    }
    try {
      result = apply(result, [change]);
    } catch {
      // They removed what the change was in: the whole value of mine is kept instead.
      result = { ...result, [name]: target[name] ?? null };
    }
  }
  return result;
}
