import { apply, inverse } from "./change.ts";
import type { ChangeEntryJson } from "./history.ts";

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
