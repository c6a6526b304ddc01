import type { RecordType } from "../record-types.ts";
import type { Change } from "./change.ts";
import type { JsonObject } from "./json.ts";

export const actions = [
  "create",
  "update",
  "delete",
  "restore",
  "revert",
  "merge",
  "unmerge",
  "erase",
] as const;
export type Action = (typeof actions)[number];

/** One row of the change log, as plain JSON. */
export interface ChangeEntryJson {
  /** Position in the tenant's change log: gap-free, in the order of commits. */
  seq: number;
  recordType: RecordType;
  recordId: string;
  /** The record's version after the change. */
  version: number;
  action: Action;
  at: string;
  actor: string;
  /** The surface that it came through: `trpc`, `rest`, `local`, or a wire format's name. */
  source: string;
  reason: string | null;
  changes: Change[];
  /** What a merge has moved, so that it can be undone; only on the rows of merges. */
  details?: JsonObject;
}

/** A change of a record of one type. */
export interface ChangeEntryOf<Type extends RecordType> extends Omit<ChangeEntryJson, "recordType" | "at"> {
  recordType: Type;
  at: Date;
}
/** One row of the change log, as typed clients read it: told apart by `recordType`. */
export type ChangeEntry<Type extends RecordType = RecordType> = { [T in Type]: ChangeEntryOf<T> }[Type];

/** One page of a list. `nextCursor` is null on the last. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** What every update answers beside the record. */
export interface UpdateResult {
  /** The record's version now. */
  version: number;
  /** False when nothing changed: the record was so already, or it was a dry run. */
  applied: boolean;
  changes: Change[];
  /** True when an idempotency key has brought the first answer again, and nothing was done. */
  replayed?: true;
}
