import { Worker } from "node:worker_threads";
import BetterSqlite from "better-sqlite3";
import { OpenFiles } from "./open-files.ts";

/** One statement, to be run with each of these rows of values. */
export interface Statement {
  sql: string;
  rows: unknown[][];
  /**
   * Each time it must change exactly one row: the one with the id and the version that its values end
   * with, or one that it adds, which a trigger may leave out without a word.
   */
  must?: "change" | "add" | undefined;
}

/** What is sent to the thread, and what it answers. */
export interface Request {
  /** Begun or rolled back before the statements, where one that is open is rolled back; or committed after them. */
  transaction: "begin" | "rollback" | "commit" | undefined;
  statements: readonly Statement[];
}
export type Answer =
  | { results: unknown[][][][]; error?: undefined }
  | { error: { message: string; code: string | undefined } };

/** The thread has ended before it answered: what it was sent may or may not be done. */
export class WriterLost extends Error {
  override readonly name = "WriterLost";
}

/**
 * The connection for writes, in a thread of its own: while one commit waits for the disk, this thread
 * reads the requests that share the next one.
 */
export class Writer {
  readonly files: OpenFiles;
  readonly #patience: number;
  readonly #asking: { resolve(results: unknown[][][][]): void; reject(error: Error): void }[] = [];
  #worker: Worker | undefined;

  /** @param patience for how long a transaction waits for other processes that write, in milliseconds */
  constructor(file: string, patience = 5_000) {
    this.files = new OpenFiles(file);
    this.#patience = patience;
  }

  /**
   * Runs statements in order, up to the first that fails.
   * @param transaction rolls back the one that is open, if one is, or begins one, when no other process
   *   writes; or commits it afterwards
   * @returns for each statement, for each of its rows of values, the rows that it has read
   * @throws Error what SQLite says, with its code; WriterLost; DOMException where a value cannot be sent
   */
  async run(
    statements: readonly Statement[],
    transaction?: Request["transaction"],
  ): Promise<unknown[][][][]> {
    const worker = (this.#worker ??= this.#start());
    // First: it throws where a value cannot be sent to a thread, and then there is no answer to wait for.
    worker.postMessage({ transaction, statements } satisfies Request);
    const { promise, resolve, reject } = Promise.withResolvers<unknown[][][][]>();
    // A program that has nothing else to do waits for what it has asked, and for nothing else.
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
      // Node's own options are the program's: some of them, such as those of `node --eval`, fit no thread.
      execArgv: [],
      workerData: { file: this.files.file, known: this.files.known, patience: this.#patience },
    });
    let cause: Error | undefined;
    worker.unref();
    worker.on("message", (answer: Answer) => {
      const asking = this.#asking.shift();
      if (this.#asking.length === 0) worker.unref();
      if (answer.error) asking?.reject(failureOf(answer.error));
      else asking?.resolve(answer.results);
    });
    worker.on("error", (error) => (cause = error));
    worker.on("exit", () => {
      this.#worker = undefined;
      for (const { reject } of this.#asking.splice(0))
        reject(new WriterLost("the thread that writes has ended", { cause }));
    });
    return worker;
  }
}

const failureOf = ({ message, code }: { message: string; code: string | undefined }): Error =>
  code === undefined ? new Error(message) : new BetterSqlite.SqliteError(message, code);
