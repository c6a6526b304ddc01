/** How a transaction of a batch ended. */
type CommitEnd =
  | "stored"
  /** The database rolled it back in favour of another transaction; it is retried. */
  | "superseded"
  /** One of its commands cannot be stored; the batch is retried in smaller parts. */
  | "split"
  /** Not stored, or the outcome is unknown; its commands are refused. */
  | "failed";

/** Observes one transaction. */
export interface TransactionObserver {
  /** Called before the commit, when everything is decided and written. */
  committing(): void;
  ended(how: CommitEnd): void;
}

/**
 * Observes GroupCommit. It is called synchronously: it must be quick and must not throw.
 *
 * @typeParam Mark what the observer keeps about a command
 */
export interface CommitObserver<Mark = unknown> {
  /** A command enters the queue. Called in the asynchronous context of the request. */
  queued(): Mark;
  /** A transaction begins for commands from the queue. */
  begun(marks: readonly Mark[]): TransactionObserver;
  /**
   * A command is refused by its own decision or with its batch.
   * @param mark missing if the command was not queued
   */
  refused(error: unknown, mark?: Mark): void;
}
