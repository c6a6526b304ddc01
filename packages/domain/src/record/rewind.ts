import { collectEntryChanges, withEntryChanges } from "./apart.ts";
import { apply, inverse, type Change } from "./change.ts";
import type { LoggedChange } from "./history.ts";
import type { RuleContext } from "./rule-context.ts";
import { changedSince } from "./version.ts";

/**
 * Takes back a record's latest changes. Only the values are restored: the actor and time of that version are
 * in its log row.
 *
 * @param entries the log rows to take back, newest first
 */
export function rewind<R extends object>(record: R, entries: readonly LoggedChange[]): R {
  let result = record;
  const ofEntries = new Map<string, Change>();
  for (const { changes } of entries) {
    const back = inverse(changes);
    result = apply(result, back);
    collectEntryChanges(ofEntries, record, back);
  }
  return withEntryChanges(result, ofEntries);
}

/**
 * The members of a rule context that read a record's log.
 * @param log the record's log rows, oldest first; at least those after the versions in question
 */
export const withLog = (log: readonly LoggedChange[]): Pick<RuleContext, "changedSince" | "asOf"> => ({
  changedSince: (_id, version) => changedSince(log.filter((entry) => entry.version > version)),
  asOf: (current, version) => rewind(current, log.filter((entry) => entry.version > version).toReversed()),
});
