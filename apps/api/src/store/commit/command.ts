import type { RosterError } from "@roster/domain";
import type { Authorship, View, Write } from "./batch.ts";
import type { Want, WriteTransaction } from "../database.ts";

/** What a command has come to: the records to write, and the answer once they are on disk. */
export interface Decision<Reply> {
  writes: Write[];
  reply: Reply;
}

/** A pure decision over what the store holds. @throws RosterError when the change is refused */
export type Decide<Reply> = (view: View) => Decision<Reply>;

/** A change that somebody wants. Of one that is refused, nothing is written. */
export interface Command<Reply> extends Authorship {
  /** What the decision surely needs, so that a batch can load it in one go. */
  wants: readonly Want[];
  decide: Decide<Reply>;
}

/** Several changes under one answer, each decided on what those before it left. */
export interface Series<Part, Reply> extends Authorship {
  wants: readonly Want[];
  parts: readonly Decide<Part>[];
  /** All or nothing: when one part is refused, none is written. */
  atomic: boolean;
  /** Each part works on what those before it have found: after one that is refused, none is run. */
  stepwise?: boolean;
  /** Decide everything, write nothing. */
  dryRun: boolean;
  /** The answer. @throws RosterError when the whole is refused; only an atomic series can be */
  conclude(outcomes: readonly PartOutcome<Part>[]): Decision<Reply>["reply"];
}

/**
 * Something to be kept that is no record, and so neither has versions nor is in the change log: how far
 * deliveries are. It shares its commit with the commands that wait, and costs them no other.
 */
export interface Bookkeeping<Reply> {
  keep(transaction: Pick<WriteTransaction, "note">): Promise<Reply>;
}

/** What one part of a series has come to. */
export type PartOutcome<Part> = { reply: Part } | { error: RosterError };
