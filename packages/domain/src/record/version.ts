import type { ChangedSince } from "../errors.ts";
import type { Change } from "./change.ts";
import type { ChangeEntryJson } from "./history.ts";
import type { Edit } from "./parse.ts";
import { segments } from "./pointer.ts";

/** Each path that log rows have changed, with the latest change of it. */
export function changedSince(entries: readonly ChangeEntryJson[]): ChangedSince[] {
  const latest = new Map<string, ChangedSince>();
  for (const { version, at, actor, changes } of entries) {
    for (const { path } of changes) latest.set(path, { path, version, at, actor });
  }
  return [...latest.values()];
}

/**
 * What stands in the way of a rebase: of the changes since, those that the update would touch too.
 * Adding to a set and removing from one commute, so they never do.
 *
 * @param changes what the update would change in the present record
 */
export function overlap(
  since: readonly ChangedSince[],
  changes: readonly Change[],
  edits: readonly Edit[],
): ChangedSince[] {
  const commuting = new Set(
    edits.filter(({ op }) => op === "add" || op === "remove").map(({ field }) => field),
  );
  const mine = changes.map(({ path }) => path).filter((path) => !commuting.has(segments(path)[0] as string));
  return since.filter(({ path }) => mine.some((own) => within(own, path) || within(path, own)));
}

const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer + "/");
