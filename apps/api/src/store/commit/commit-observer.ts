/** How a transaction of a batch ended. */
type CommitEnd =
  | "stored"
  /** Ended by the database in favour of another transaction; it is tried again. */
  | "superseded"
  /** One of its commands cannot be stored; they are tried again in smaller parts. */
  | "split"
  /** Not stored, or nobody knows; its commands are refused. */
  | "failed";

/** Is told of one transaction. */
export interface TransactionObserver {
  /** Everything is decided and written; the database is asked to commit. */
  committing(): void;
  ended(how: CommitEnd): void;
}

/**
 * Is told what GroupCommit does, while it does it: an observer must be quick, and must not throw.
 *
 * @typeParam Mark what the observer keeps about a command
 */
export interface CommitObserver<Mark = unknown> {
  /** A command begins to wait. Called in the asynchronous context of the request. */
  queued(): Mark;
  /** A transaction begins for commands that have waited. */
  begun(marks: readonly Mark[]): TransactionObserver;
  /**
   * A command is refused: by its own decision, or with its batch.
   * @param mark missing when the command was not queued
   */
  refused(error: unknown, mark?: Mark): void;
}
