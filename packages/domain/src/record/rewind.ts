import { apply, inverse } from "./change.ts";
import type { ChangeEntryJson } from "./history.ts";
import type { RuleContext } from "./update.ts";
import { changedSince } from "./version.ts";

/**
 * A record as it was before some of its latest changes. The values are those of then; who changed
 * it and when, the caller knows from the log row of that version.
 *
 * @param entries the record's log rows to take back, newest first
 */
export function rewind<R extends object>(record: R, entries: readonly ChangeEntryJson[]): R {
  let result = record;
  for (const { changes } of entries) result = apply(result, inverse(changes));
  return result;
}

/**
 * What the rules ask of a record's log, from its rows.
 * @param log oldest first; at least those after the versions that are asked about
 */
export const withLog = (log: readonly ChangeEntryJson[]): Pick<RuleContext, "changedSince" | "asOf"> => ({
  changedSince: (_id, version) => changedSince(log.filter((entry) => entry.version > version)),
  asOf: (current, version) => rewind(current, log.filter((entry) => entry.version > version).toReversed()),
});
