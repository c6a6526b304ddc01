import type { ErrorBody } from "../errors.ts";
import type { ChangeEntryJson, UpdateResult } from "./history.ts";
import type { Change } from "./change.ts";

/** The inputs and results of operations beyond a single update. */

export interface ManyInput<Update> {
  /** 1 to 1,000 updates, applied in order. */
  items: readonly Omit<Update, "dryRun">[];
  /** `atomic` (default): all or nothing. `independent`: each item succeeds or fails alone. */
  mode?: "atomic" | "independent" | undefined;
  /** The reason for items without one of their own. */
  reason?: string | undefined;
  dryRun?: boolean | undefined;
}

/** The result of one item of a bulk request. */
export type ManyItem =
  | ({ index: number; id: string; error?: undefined } & UpdateResult)
  | { index: number; error: ErrorBody };

/** The result of a bulk request: one entry per item, in order. */
export interface ManyResult {
  items: ManyItem[];
  /** The number of applied items. */
  applied: number;
  replayed?: true;
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
