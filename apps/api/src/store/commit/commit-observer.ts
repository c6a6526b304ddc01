/** How a transaction of a batch has ended. */
type CommitEnd =
  | "stored"
  /** Ended by the database for the sake of another; it is tried again. */
  | "superseded"
  /** One of its commands cannot be stored; they are tried again in smaller parts. */
  | "split"
  /** Not stored, or nobody knows; its commands are refused. */
  | "failed";

/** Whom GroupCommit tells about one transaction. */
export interface TransactionObserver {
  /** All is decided and written; the database is asked to commit. */
  committing(): void;
  ended(how: CommitEnd): void;
}

/**
 * Whom GroupCommit tells what it does, in the midst of doing it: it must be quick, and must not throw.
 *
 * @typeParam Mark what it wants to find again about a command
 */
export interface CommitObserver<Mark = unknown> {
  /** A command begins to wait. Called in the asynchronous context of who has submitted it. */
  queued(): Mark;
  /** A transaction begins for commands that have waited. */
  begun(marks: readonly Mark[]): TransactionObserver;
  /**
   * A command is refused: by its own decision, or with its batch.
   * @param mark missing when it was not even let in to wait
   */
  refused(error: unknown, mark?: Mark): void;
}

const nothing = (): undefined => undefined;
const unobservedTransaction: TransactionObserver = { committing: nothing, ended: nothing };

/** Nobody. */
export const unobserved: CommitObserver = {
  queued: nothing,
  begun: () => unobservedTransaction,
  refused: nothing,
};
