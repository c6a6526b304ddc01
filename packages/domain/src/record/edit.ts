import type { Fault } from "../errors.ts";
import type { FieldName, UniqueName } from "../record-types.ts";
import type { JsonValue } from "./json.ts";

/**
 * The version that a caller expects a record to have. Of a list, any version fits; an empty list fits
 * no record.
 */
export type ExpectedVersion = number | readonly number[];

/** One step of an update in normal form: what happens to which field, and where the request says so. */
export interface Edit {
  field: FieldName;
  op: "set" | "merge" | "add" | "remove";
  /** The value as it was read or, with `faulty`, as it was sent. */
  value: JsonValue;
  /** JSON Pointer into the request. */
  at: string;
  /** The faults of the request have some at this value. They count unless the record has the value already. */
  faulty?: true;
  /** The value was stored before, as it is here: it is not read by the rules of today, and sets no other field. */
  stored?: true;
  /** The unique field by which the value of a reference names its record; any that can when missing. */
  by?: UniqueName;
}

/** One unique value that names a record. */
export interface Where {
  field: UniqueName;
  value: string | number;
}

/** A request that has been read: its edits, and what is wrong with it. */
export interface ParsedCreate {
  edits: Edit[];
  faults: Fault[];
}

export interface ParsedUpdate extends ParsedCreate {
  /** Names the record: the first of these that a live record has. Empty only when `faults` says why. */
  where: readonly Where[];
  expectedVersion: ExpectedVersion | undefined;
  onConflict: "reject" | "rebase";
  reason: string | undefined;
  dryRun: boolean;
}

/** An update with nothing but its edits. */
export const plainUpdate = (where: readonly Where[], { edits, faults }: ParsedCreate): ParsedUpdate => ({
  where,
  edits,
  faults,
  expectedVersion: undefined,
  onConflict: "reject",
  reason: undefined,
  dryRun: false,
});

/** Many updates under one answer. */
export interface ParsedMany {
  items: ParsedUpdate[];
  /** What is wrong with the request as a whole. */
  faults: Fault[];
  atomic: boolean;
  reason: string | undefined;
  dryRun: boolean;
}

/** A way back to a version, of the whole record or of a part of it. It has no edits of its own. */
export interface ParsedRevert extends ParsedUpdate {
  to: number;
  /** A field that can be written, and the way to a part of its value; undefined for the whole record. */
  path: readonly string[] | undefined;
}
