import { RosterError, type ChangedSince } from "../errors.ts";
import type { Change } from "./change.ts";
import type { ChangeEntryJson } from "./history.ts";
import type { Edit, ParsedUpdate } from "./parse.ts";
import { isWithin, segments } from "./pointer.ts";
import type { RuleContext } from "./update.ts";

/** The version that a caller takes a record to be at, or those of which it takes any. It never is at one of none. */
export type ExpectedVersion = number | readonly number[];

const versionsOf = (expected: ExpectedVersion): readonly number[] =>
  typeof expected === "number" ? [expected] : expected;

/** Whether a record is at another version than a caller takes it to be at. */
export const isStale = (
  current: { version: number },
  expected: ExpectedVersion | undefined,
): expected is ExpectedVersion => expected !== undefined && !versionsOf(expected).includes(current.version);

/** What a stale caller has seen: of the versions that it named, the latest that the record has left behind. */
export function seenVersion(current: { version: number }, expected: ExpectedVersion): number | undefined {
  const past = versionsOf(expected).filter((version) => version < current.version);
  return past.length > 0 ? Math.max(...past) : undefined;
}

/** The refusal of a change that is of another version than the record's. */
export const staleVersion = (
  current: { version: number },
  expected: ExpectedVersion,
  since: readonly ChangedSince[],
): RosterError => {
  const versions = versionsOf(expected);
  const seen = seenVersion(current, expected) ?? (versions.length > 0 ? Math.max(...versions) : undefined);
  const not = versions.length > 0 ? `not ${versions.join(" or ")}` : "and what was expected is no version";
  return new RosterError("STALE_VERSION", `the record is at version ${current.version}, ${not}`, {
    conflict: {
      ...(seen !== undefined && { expectedVersion: seen }),
      currentVersion: current.version,
      changedSince: [...since],
    },
  });
};

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
  const commuting = new Set<string>(
    edits.filter(({ op }) => op === "add" || op === "remove").map(({ field }) => field),
  );
  const mine = changes.map(({ path }) => path).filter((path) => !commuting.has(segments(path)[0] as string));
  return since.filter(({ path }) => mine.some((own) => isWithin(own, path) || isWithin(path, own)));
}

/**
 * Why a change may not be made to the present version of a record, if it may not: it must say its
 * version, or it is of another one and cannot be rebased.
 *
 * @param changes what the update would change in the present record
 */
export function versionRefusal(
  current: { id: string; version: number },
  { expectedVersion, onConflict, edits }: Pick<ParsedUpdate, "expectedVersion" | "onConflict" | "edits">,
  changes: readonly Change[],
  context: RuleContext,
): RosterError | undefined {
  if (expectedVersion === undefined && context.requiresVersions()) {
    return new RosterError("VERSION_REQUIRED", "this tenant wants updates to say which version they are of");
  }
  if (!isStale(current, expectedVersion)) return undefined;
  const seen = seenVersion(current, expectedVersion);
  const since = seen === undefined ? undefined : context.changedSince(current.id, seen);
  if (onConflict === "reject" || since === undefined)
    return staleVersion(current, expectedVersion, since ?? []);
  const inTheWay = overlap(since, changes, edits);
  return inTheWay.length > 0 ? staleVersion(current, expectedVersion, inTheWay) : undefined;
}
