import { Worker } from "node:worker_threads";
import BetterSqlite from "better-sqlite3";
import { OpenFiles } from "./open-files.ts";

/** A statement, to run once with each row of values. */
export interface Statement {
  sql: string;
  rows: unknown[][];
  /**
   * Each run must change exactly one row: the one whose id and version are the last values or, for `add`, the
   * row it inserts, which a trigger may drop silently.
   */
  must?: "change" | "add" | undefined;
}

/** A request to the thread. */
export interface Request {
  /**
   * Begins or rolls back before the statements, after rolling an open transaction back; commits after them; or
   * begins before and commits after them.
   */
  transaction: "begin" | "rollback" | "commit" | "whole" | undefined;
  statements: readonly Statement[];
  /** Refuses with `notAloneCode` if another process has written since the thread's previous transaction. */
  alone: boolean;
}
export type Answer = {
  /** Whether no other process has written between the previous transaction and the one that this request began. */
  isAlone?: boolean | undefined;
} & (
  | { results: unknown[][][][]; error?: undefined }
  | { error: { message: string; code: string | undefined } }
);

/** The code of the error that another process has written. */
export const notAloneCode = "ROSTER_NOT_ALONE";

/** How long another process that has written is expected to write again, in milliseconds. */
const companyLasts = 1_000;

/** The thread ended before it answered: the request may or may not have been carried out. */
export class WriterLost extends Error {
  override readonly name = "WriterLost";
}

/**
 * The write connection, in a thread of its own: while one commit waits for the disk, the main thread reads
 * the requests that share the next one.
 */
export class Writer {
  readonly files: OpenFiles;
  readonly #patience: number;
  readonly #asking: { resolve(results: unknown[][][][]): void; reject(error: Error): void }[] = [];
  #worker: Worker | undefined;
  /** When another process may last have written, as far as the thread has seen. */
  #company = Infinity;

  /** @param patience how long a transaction waits for other processes that write, in milliseconds */
  constructor(file: string, patience = 5_000) {
    this.files = new OpenFiles(file);
    this.#patience = patience;
  }

  /** Whether no other process seems to be writing. */
  get isAlone(): boolean {
    return performance.now() - this.#company > companyLasts;
  }

  /**
   * Runs statements in order, up to the first that fails.
   * @param transaction what to do before and after the statements; a transaction begins once no other process
   *   is writing
   * @param alone fails if another process has written since the previous transaction
   * @returns for each statement, for each row of values, the rows read
   * @throws Error of SQLite, with its code; WriterLost; DOMException if a value cannot be sent to the thread
   */
  async run(
    statements: readonly Statement[],
    transaction?: Request["transaction"],
    alone = false,
  ): Promise<unknown[][][][]> {
    const worker = (this.#worker ??= this.#start());
    // Posts first: this throws if a value cannot be sent to a thread, and then no answer will come.
    worker.postMessage({ transaction, statements, alone } satisfies Request);
    const { promise, resolve, reject } = Promise.withResolvers<unknown[][][][]>();
    // Keeps the process alive only while a request is open.
    if (this.#asking.push({ resolve, reject }) === 1) worker.ref();
    return promise;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    worker.postMessage("close");
    await ended;
  }

  #start(): Worker {
    const thread = new URL(import.meta.url.replace(/writer(\.\w+)$/, "writer-thread$1"));
    const worker = new Worker(thread, {
      // Without Node's options of the program: some, such as `--eval`, are not allowed in threads.
      execArgv: [],
      workerData: { file: this.files.file, known: this.files.known, patience: this.#patience },
    });
    let cause: Error | undefined;
    worker.unref();
    worker.on("message", (answer: Answer) => {
      const asking = this.#asking.shift();
      if (this.#asking.length === 0) worker.unref();
      // The first transaction of a thread cannot tell.
      if (answer.isAlone === false) this.#company = performance.now();
      if (answer.error) asking?.reject(failureOf(answer.error));
      else asking?.resolve(answer.results);
    });
    worker.on("error", (error) => (cause = error));
    worker.on("exit", () => {
      this.#worker = undefined;
      this.#company = Infinity;
      for (const { reject } of this.#asking.splice(0))
        reject(new WriterLost("the writer thread has ended", { cause }));
    });
    return worker;
  }
}

const failureOf = ({ message, code }: { message: string; code: string | undefined }): Error =>
  code === undefined ? new Error(message) : new BetterSqlite.SqliteError(message, code);
