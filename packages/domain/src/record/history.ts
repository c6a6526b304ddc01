import type { ShownActor } from "../actor.ts";
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

/** One row of the change log, as it is stored. */
export interface LoggedChange {
  /** Position in the tenant's change log: gap-free, in commit order. */
  seq: number;
  recordType: RecordType;
  recordId: string;
  /** The record's version after the change. */
  version: number;
  action: Action;
  at: string;
  actor: string;
  /** The person on whose behalf the actor said that it acted. */
  onBehalfOf?: string;
  /** The surface of the change: `trpc`, `rest`, `console`, `local`, or a wire format's name. */
  source: string;
  reason: string | null;
  changes: Change[];
  /** The references that a merge moved, kept so that it can be undone. Only on rows of merges. */
  details?: JsonObject;
  /** The id of the change set that the change belongs to, if it has one. */
  changeSet?: string;
}

/** One row of the change log as readers see it, as plain JSON. */
export interface ChangeEntryJson extends Omit<LoggedChange, "onBehalfOf"> {
  /** The actor that made the change, with its name. */
  by: ShownActor;
}

/** A change of a record of one type. */
export interface ChangeEntryOf<Type extends RecordType> extends Omit<ChangeEntryJson, "recordType" | "at"> {
  recordType: Type;
  at: Date;
}
/** One row of the change log as typed clients read it, discriminated by `recordType`. */
export type ChangeEntry<Type extends RecordType = RecordType> = { [T in Type]: ChangeEntryOf<T> }[Type];

/** One page of a list. `nextCursor` is null on the last page. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The result of every update, besides the record. */
export interface UpdateResult {
  /** The record's version after the update. */
  version: number;
  /** False if nothing was stored: the record already had these values, or it was a dry run. */
  applied: boolean;
  changes: Change[];
  /** True if the idempotency key was seen before: this is the first answer again, and nothing was done. */
  replayed?: true;
}
