import type { ChangeEntryJson, RecordType } from "@roster/domain";

/** Selects changes from a part of a tenant's log. */
export interface ChangeQuery {
  after: number;
  /** The last `seq` to look at: at most the latest of which all earlier ones are stored. */
  upTo: number;
  types?: readonly RecordType[] | undefined;
  ids?: readonly string[] | undefined;
  limit: number;
  /** The change that brings the JSON past this many characters is the last. */
  enough: number;
}

/** One step through the log; it can hold fewer changes than the limit. */
export interface ChangeStep {
  items: ChangeEntryJson[];
  /** The log has been searched up to here. */
  seq: number;
}
