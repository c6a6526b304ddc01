import { apply, inverse, type ChangeEntry } from "@roster/domain";
import { messages } from "../../messages.ts";
import { editsBetween } from "../edits.ts";
import type { AnyRecord, Kind, Updated } from "../kind.ts";

/** A way to take something back: first as a preview, then for good. */
export interface TakeBack {
  /** A description for people. */
  text: string;
  run(dryRun: boolean): Promise<Updated>;
}

/** Whether the change of an entry can be taken back by a new change of its fields. */
export const canTakeBack = ({ action, changes }: ChangeEntry): boolean =>
  changes.length > 0 &&
  (action === "update" || action === "revert" || action === "merge" || action === "unmerge");

/**
 * Takes back the change of one entry, whatever has changed since elsewhere in the record.
 *
 * @param record the record as it is now
 */
export function takeBackChange(kind: Kind, record: AnyRecord, entry: ChangeEntry): TakeBack["run"] {
  return (dryRun) => {
    const where = { id: record.id };
    const expected = { expectedVersion: record.version, dryRun };
    // The latest change: the record as it was before.
    if (entry.version === record.version) return kind.revert({ where, to: entry.version - 1, ...expected });
    const target = before(record, entry.changes);
    return kind.update({
      where,
      ...editsBetween(kind.fields, record, target),
      ...expected,
      reason: messages.history.takesBack(entry.version),
    });
  };
}

/** The record without the changes of an entry. Where something else has taken their place, that stays. */
function before(record: AnyRecord, changes: ChangeEntry["changes"]): AnyRecord {
  let result = record;
  for (const change of inverse(changes)) {
    try {
      result = apply(result, [change]);
    } catch {
      // The place is gone.
    }
  }
  return result;
}

/** Takes back one value of an entry: as it was before. */
export const takeBackField =
  (kind: Kind, record: AnyRecord, entry: ChangeEntry, path: string): TakeBack["run"] =>
  (dryRun) =>
    kind.revert({
      where: { id: record.id },
      to: entry.version - 1,
      field: path,
      expectedVersion: record.version,
      dryRun,
    });

/** Makes the record as it was at a version. */
export const backToVersion =
  (kind: Kind, record: AnyRecord, version: number): TakeBack["run"] =>
  (dryRun) =>
    kind.revert({ where: { id: record.id }, to: version, expectedVersion: record.version, dryRun });
