import { RosterError, type ChangedSince } from "../errors.ts";
import type { Change } from "./change.ts";
import type { LoggedChange } from "./history.ts";
import type { Edit, ExpectedVersion, ParsedUpdate } from "./edit.ts";
import { isWithin, segments } from "./pointer.ts";
import type { RuleContext } from "./rule-context.ts";

const versionsOf = (expected: ExpectedVersion): readonly number[] =>
  typeof expected === "number" ? [expected] : expected;

/** Whether a record is at none of the versions that a caller expects. */
export const isStale = (
  current: { version: number },
  expected: ExpectedVersion | undefined,
): expected is ExpectedVersion => expected !== undefined && !versionsOf(expected).includes(current.version);

/** The version that a stale caller has seen: the latest past one among those it named. */
export function seenVersion(current: { version: number }, expected: ExpectedVersion): number | undefined {
  const past = versionsOf(expected).filter((version) => version < current.version);
  return past.length > 0 ? Math.max(...past) : undefined;
}

/** The refusal of a change that expects another version. */
export const staleVersion = (
  current: { version: number },
  expected: ExpectedVersion,
  since: readonly ChangedSince[],
): RosterError => {
  const versions = versionsOf(expected);
  const seen = seenVersion(current, expected) ?? (versions.length > 0 ? Math.max(...versions) : undefined);
  const not =
    versions.length > 0 ? `not ${versions.join(" or ")}` : "and the expected value is not a version";
  return new RosterError("STALE_VERSION", `the record is at version ${current.version}, ${not}`, {
    conflict: {
      ...(seen !== undefined && { expectedVersion: seen }),
      currentVersion: current.version,
      changedSince: [...since],
    },
  });
};

/** The changed paths of log rows, each with its latest change. */
export function changedSince(entries: readonly LoggedChange[]): ChangedSince[] {
  const latest = new Map<string, ChangedSince>();
  for (const { version, at, actor, changes } of entries) {
    for (const { path } of changes) latest.set(path, { path, version, at, actor });
  }
  return [...latest.values()];
}

/**
 * The changes that block a rebase: those at a path that the update would change too. Additions to and
 * removals from a set commute, so they never block.
 *
 * @param changes what the update would change in the current record
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
 * The refusal of a change whose expected version is missing or stale and cannot be rebased; undefined if the
 * change may be made.
 *
 * @param changes what the update would change in the current record
 */
export function versionRefusal(
  current: { id: string; version: number },
  { expectedVersion, onConflict, edits }: Pick<ParsedUpdate, "expectedVersion" | "onConflict" | "edits">,
  changes: readonly Change[],
  context: RuleContext,
): RosterError | undefined {
  if (expectedVersion === undefined && context.requiresVersions()) {
    return new RosterError("VERSION_REQUIRED", "this tenant requires updates to state the expected version");
  }
  if (!isStale(current, expectedVersion)) return undefined;
  const seen = seenVersion(current, expectedVersion);
  const since = seen === undefined ? undefined : context.changedSince(current.id, seen);
  if (onConflict === "reject" || since === undefined)
    return staleVersion(current, expectedVersion, since ?? []);
  const inTheWay = overlap(since, changes, edits);
  return inTheWay.length > 0 ? staleVersion(current, expectedVersion, inTheWay) : undefined;
}
