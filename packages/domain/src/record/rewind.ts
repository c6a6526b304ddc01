import { apply, inverse } from "./change.ts";
import type { ChangeEntryJson } from "./history.ts";
import type { RuleContext } from "./rule-context.ts";
import { changedSince } from "./version.ts";

/**
 * Takes back a record's latest changes. Only the values are restored: the actor and time of that version are
 * in its log row.
 *
 * @param entries the log rows to take back, newest first
 */
export function rewind<R extends object>(record: R, entries: readonly ChangeEntryJson[]): R {
  let result = record;
  for (const { changes } of entries) result = apply(result, inverse(changes));
  return result;
}

/**
 * The members of a rule context that read a record's log.
 * @param log the record's log rows, oldest first; at least those after the versions in question
 */
export const withLog = (log: readonly ChangeEntryJson[]): Pick<RuleContext, "changedSince" | "asOf"> => ({
  changedSince: (_id, version) => changedSince(log.filter((entry) => entry.version > version)),
  asOf: (current, version) => rewind(current, log.filter((entry) => entry.version > version).toReversed()),
});
