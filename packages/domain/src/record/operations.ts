import type { ErrorBody } from "../errors.ts";
import type { ChangeEntryJson, UpdateResult } from "./history.ts";
import type { Change } from "./change.ts";

/** The inputs and results of operations beyond a single update. */

/** Options of every bulk request. */
interface ManyOptions {
  /** `atomic` (default): all or nothing. `independent`: each item succeeds or fails alone. */
  mode?: "atomic" | "independent" | undefined;
  /** The reason for items without one of their own. */
  reason?: string | undefined;
  /** The id of an open change set that the changes belong to. Without it, they get a change set of their own. */
  changeSet?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface ManyInput<Update> extends ManyOptions {
  /** 1 to 1,000 updates, applied in order. */
  items: readonly Omit<Update, "dryRun">[];
}

export interface CreateManyInput<Create> extends ManyOptions {
  /** 1 to 1,000 new records, created in order. */
  items: readonly Create[];
}

export interface UpsertManyInput<Item> extends ManyOptions {
  /** 1 to 1,000 upserts, applied in order. Two items with the same key are both refused. */
  items: readonly Item[];
}

/** The result of one item of `updateMany`. */
export type ManyItem =
  | ({ index: number; id: string; error?: undefined } & UpdateResult)
  | { index: number; error: ErrorBody };

interface ManyAnswer {
  /** The change set of the changes; null if nothing was stored and none was given. */
  changeSet: string | null;
  replayed?: true;
}

/** The result of `updateMany`: one entry per item, in order. */
export interface ManyResult extends ManyAnswer {
  items: ManyItem[];
  /** The number of applied items. */
  applied: number;
}

/** The result of one item of `createMany` or `upsertMany`. */
export type WrittenItem =
  | {
      index: number;
      outcome: "created" | "updated" | "unchanged";
      /** The record's id; null for a record that a dry run would create. */
      id: string | null;
      /** The record's version afterwards; for a dry run, its current one, and 0 for a record that does not exist. */
      version: number;
      /** The changes that an update would make. Only in a dry run. */
      changes?: Change[];
      error?: undefined;
    }
  | { index: number; outcome: "refused"; error: ErrorBody };

/** The result of `createMany` and `upsertMany`: one entry per item, in order, and the numbers of each outcome. */
export interface WrittenResult extends ManyAnswer {
  items: WrittenItem[];
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
}

/** Names an earlier state of a record, by version or by instant. */
export type AtInput<Where> = { where: Where } & (
  | { version: number; at?: undefined }
  | { at: string | Date; version?: undefined }
);

export interface RevertInput<Where> {
  where: Where;
  /** The version to revert to. */
  to: number;
  /** One field, by name or by a JSON Pointer such as `/properties/plan`; the whole record if missing. */
  field?: string | undefined;
  expectedVersion?: number | undefined;
  onConflict?: "reject" | "rebase" | undefined;
  reason?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface DiffInput<Where> {
  where: Where;
  /** The two versions to compare. */
  from: number;
  to: number;
}

export interface DiffResult {
  changes: Change[];
}

/** Everything stored about a person, as one JSON document. */
export interface RecordExport<Json> {
  record: Json;
  /** Newest first. */
  history: ChangeEntryJson[];
  /** The cursor to continue with `history` if one answer has no room for all changes; otherwise null. */
  historyCursor: string | null;
  /** The idempotency keys under which answers about the record are kept for a day. */
  idempotencyKeys: { key: string; at: string }[];
  /** The duplicates merged into the record, with everything stored about them. */
  merged: RecordExport<Json>[];
}
