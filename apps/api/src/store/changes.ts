import type { ChangeEntryJson, RecordType } from "@roster/domain";

/** Selects changes from a range of a tenant's log. */
export interface ChangeQuery {
  after: number;
  /** The last `seq` to read. All rows up to it must be stored. */
  upTo: number;
  types?: readonly RecordType[] | undefined;
  ids?: readonly string[] | undefined;
  limit: number;
  /** The step ends with the change that brings the total JSON past this many characters. */
  enough: number;
}

/** One step through the log. It may hold fewer changes than the limit although more follow. */
export interface ChangeStep {
  items: ChangeEntryJson[];
  /** The last `seq` that was searched. */
  seq: number;
}
