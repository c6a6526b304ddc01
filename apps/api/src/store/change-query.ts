import type { ChangeEntryJson } from "@roster/domain";
import type { ChangeQuery, ChangeStep } from "./database.ts";
import { scanBudget } from "./list-query.ts";

/** Where a step through the log ends at the latest: `seq` has no gaps, so it counts the rows. */
export const endOf = ({ after, upTo }: ChangeQuery): number => Math.min(upTo, after + scanBudget);

/**
 * What a step has come to.
 * @param cut whether there is more before its end: it was as long, or as large, as it may be
 */
export const stepOf = (query: ChangeQuery, items: ChangeEntryJson[], cut: boolean): ChangeStep => ({
  items,
  seq: (cut ? items.at(-1)?.seq : undefined) ?? Math.max(query.after, endOf(query)),
});
