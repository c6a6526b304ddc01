import type { ErrorBody } from "../errors.ts";
import type { ChangeEntryJson, UpdateResult } from "./history.ts";
import type { Change } from "./change.ts";

/** What callers write, and get, of the operations beyond a single update. */

export interface ManyInput<Update> {
  /** 1 to 1,000 updates, applied in order. */
  items: readonly Omit<Update, "dryRun">[];
  /** `atomic` (default): all or nothing. `independent`: each for itself. */
  mode?: "atomic" | "independent" | undefined;
  /** Why, for items that do not say so themselves. */
  reason?: string | undefined;
  dryRun?: boolean | undefined;
}

/** What became of one item of a request for many. */
export type ManyItem =
  | ({ index: number; id: string; error?: undefined } & UpdateResult)
  | { index: number; error: ErrorBody };

/** What a request for many answers: an item for each, in order. */
export interface ManyResult {
  items: ManyItem[];
  /** How many were applied. */
  applied: number;
  replayed?: true;
}

/** A record as it was: at a version of it, or at an instant. */
export type AtInput<Where> = { where: Where } & (
  | { version: number; at?: undefined }
  | { at: string | Date; version?: undefined }
);

export interface RevertInput<Where> {
  where: Where;
  /** The version to go back to. */
  to: number;
  /** One field, by its name or by a JSON Pointer such as `/properties/plan`; everything when missing. */
  field?: string | undefined;
  expectedVersion?: number | undefined;
  onConflict?: "reject" | "rebase" | undefined;
  reason?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface DiffInput<Where> {
  where: Where;
  /** Two versions of the record. */
  from: number;
  to: number;
}

export interface DiffResult {
  changes: Change[];
}

/** All that is kept about a person, as one JSON document. */
export interface RecordExport<Json> {
  record: Json;
  /** Newest first. */
  history: ChangeEntryJson[];
  /** The keys under which answers about the record are kept for a day. */
  idempotencyKeys: { key: string; at: string }[];
  /** The duplicates that were merged into the record, with all that is kept about them. */
  merged: RecordExport<Json>[];
}
