import type { Action, Change, JsonObject, RecordType, RosterError, StoredRecords } from "@roster/domain";
import type { Want, WriteTransaction } from "../database.ts";
import type { View } from "./state.ts";

/** One record that a command writes, and what the log says about it. */
export interface Write<T extends RecordType = RecordType> {
  type: T;
  before: StoredRecords[T] | undefined;
  record: StoredRecords[T];
  action: Action;
  changes: Change[];
  /** Replaces the reason of the whole command. */
  reason?: string;
  /** What a merge moved. */
  details?: JsonObject;
  /** The tenant written to, where it is not the command's own: a new one. */
  tenant?: number;
}

/** Who writes, through which surface, and why: the same for all writes of one command. */
export interface Authorship {
  tenant: number;
  actor: string;
  source: string;
  reason: string | null;
  /** The caller's promise that the same request comes with the same key. */
  idempotency?: { key: string; fingerprint: string } | undefined;
}

/** The result of a decision: the records to write, and the answer once they are on disk. */
export interface Decision<Reply> {
  writes: Write[];
  reply: Reply;
  /**
   * The ids of the records whose values the reply shows; those it writes go without saying. Erasing one
   * of them empties the reply that is kept under the idempotency key.
   */
  about: readonly string[];
}

/** A pure decision on the state of the store. @throws RosterError when it refuses the change */
type Decide<Reply> = (view: View) => Decision<Reply>;

/** A change. A refused one writes nothing. */
export interface Command<Reply> extends Authorship {
  /** What the decision is sure to need, so that a batch can load it in one go. */
  wants: readonly Want[];
  decide: Decide<Reply>;
}

/** Several changes under one answer, each decided on the state that the ones before it leave. */
export interface Series<Part, Reply> extends Authorship {
  wants: readonly Want[];
  /** @param previous the reply of the part before it; undefined for the first, and after a refusal */
  parts: readonly ((view: View, previous: Part | undefined) => Decision<Part>)[];
  /** All or nothing: when one part is refused, none is written. */
  atomic: boolean;
  /** Each part needs the one before it: after a refusal none is run. */
  stepwise?: boolean;
  /** Decides everything, writes nothing. */
  dryRun: boolean;
  /** The answer. @throws RosterError when the whole is refused; only an atomic series can be */
  conclude(outcomes: readonly PartOutcome<Part>[]): Reply;
}

/** The result of one part of a series. */
export type PartOutcome<Part> = { reply: Part } | { error: RosterError };

/**
 * A write beside the records, without versions and without the change log: the progress of deliveries.
 * It shares its commit with the commands that wait.
 */
export interface Bookkeeping<Reply> {
  keep(transaction: Pick<WriteTransaction, "note">): Promise<Reply>;
}

export type AnyCommand = Command<unknown> | Series<unknown, unknown> | Bookkeeping<unknown>;
