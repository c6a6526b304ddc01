import { RosterError } from "@roster/domain";
import type { AnyCommand } from "./command.ts";

/** A caller that waits for an answer. */
export interface Caller {
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** A command in the queue. */
export interface Waiting extends Caller {
  command: AnyCommand;
  /** The value that the observer returned when the command was queued. */
  mark: unknown;
  /** When it first had to wait for another node, by `performance.now()`. */
  held?: number;
}

/** Whether the caller may have sent the same request before. */
export const isKeyed = ({ command }: Waiting): boolean =>
  "idempotency" in command && command.idempotency !== undefined;

/** Nothing of this attempt is stored; an earlier attempt with the same key may be. */
export const unavailable = (cause: unknown, keyed = false): RosterError =>
  new RosterError(
    "UNAVAILABLE",
    `the database could not store the change; ${keyed ? "this attempt changed nothing" : "nothing was changed"}`,
    { cause },
  );

export const uncertain = (cause: unknown): RosterError =>
  new RosterError(
    "UNCERTAIN",
    "the database did not confirm the change, so it may or may not be stored; repeat it with its idempotency key",
    { cause },
  );

/** The transaction that holds the tenant may be an earlier attempt at the same request. */
export const inDoubt = (cause: unknown): RosterError =>
  new RosterError(
    "UNCERTAIN",
    "an earlier change to the tenant has not ended, and it may be this one; repeat it with its idempotency key",
    { cause },
  );
