import type { Fault } from "../errors.ts";
import type { FieldName, UniqueName } from "../record-types.ts";
import type { JsonValue } from "./json.ts";

/**
 * The version that a caller expects a record to have. Of a list, any version fits; an empty list fits
 * no record.
 */
export type ExpectedVersion = number | readonly number[];

/** One step of an update in normal form: the operation on a field, and its place in the request. */
export interface Edit {
  field: FieldName;
  op: "set" | "merge" | "add" | "remove";
  /** The parsed value or, if `faulty`, the raw one. */
  value: JsonValue;
  /** JSON Pointer into the request. */
  at: string;
  /** The value has faults. They count unless the record already has this value. */
  faulty?: true;
  /**
   * The value was stored before in this form, so today's rules do not apply to it and it sets no companion
   * field.
   */
  stored?: true;
  /** Entries of a set that name no record are passed over, and are no fault. */
  passing?: true;
  /** The unique field by which the value names its record; if missing, any unique field. */
  by?: UniqueName;
}

/** One unique value that names a record. */
export interface Where {
  field: UniqueName;
  value: string | number;
}

/** A value by which an upsert finds its record. Unlike a unique one, several records may have it. */
export interface Key {
  field: FieldName;
  value: string | number;
  /** The JSON Pointer of the value within a JSON field. */
  place?: string;
}

/** The path to the value of a key in an upsert. A value within a JSON field is at the field. */
export const placeOfKey = ([key]: readonly Key[]): string[] => (key ? ["where", key.field] : ["where"]);

/** A parsed request: its edits and its faults. */
export interface ParsedCreate {
  edits: Edit[];
  faults: Fault[];
}

/** A parsed update of the record that a value names; with `Key`, an upsert. */
export interface ParsedUpsert<Named extends Key = Key> extends ParsedCreate {
  /** Names the record: the first entry that a live record has. Empty only if `faults` says why. */
  where: readonly Named[];
  /** JSON Pointer to this update in a bulk request; missing for a request of its own. */
  at?: string;
  expectedVersion: ExpectedVersion | undefined;
  onConflict: "reject" | "rebase";
  reason: string | undefined;
  dryRun: boolean;
}

export interface ParsedUpdate extends ParsedUpsert<Where> {}

/** An update that has only edits. */
export const plainUpdate = <Named extends Key = Where>(
  where: readonly Named[],
  { edits, faults }: ParsedCreate,
): ParsedUpsert<Named> => ({
  where,
  edits,
  faults,
  expectedVersion: undefined,
  onConflict: "reject",
  reason: undefined,
  dryRun: false,
});

/** A parsed bulk request. */
export interface ParsedMany<Item = ParsedUpdate> {
  items: Item[];
  /** The faults of the request as a whole. */
  faults: Fault[];
  atomic: boolean;
  reason: string | undefined;
  /** The id of the open change set that the changes belong to; undefined for a new one. */
  changeSet: string | undefined;
  dryRun: boolean;
}

/** A parsed revert to a version, of the whole record or of a part. Its edits are not known yet. */
export interface ParsedRevert extends ParsedUpdate {
  to: number;
  /**
   * A writable field, optionally followed by the path to a part of its value; undefined for the whole record.
   */
  path: readonly string[] | undefined;
}
