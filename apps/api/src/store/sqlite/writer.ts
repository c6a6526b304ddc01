import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import BetterSqlite from "better-sqlite3";
import { OpenFiles } from "./open-files.ts";
import { WriteConnection, type Answer, type Request, type Statement } from "./write-connection.ts";

/** The thread ended before it answered: the request may or may not have been carried out. */
export class WriterLost extends Error {
  override readonly name = "WriterLost";
}

/**
 * The write connection, in a thread of its own: while one commit waits for the disk, the main thread reads
 * the requests that share the next one. A temporary database has it in the main thread: starting a thread
 * would take most of the time of its start, and its commits need not wait for a disk.
 */
export class Writer {
  readonly files: OpenFiles;
  readonly #patience: number;
  readonly #direct: WriteConnection | undefined;
  readonly #asking: { resolve(results: unknown[][][][]): void; reject(error: unknown): void }[] = [];
  #worker: Worker | undefined;

  /**
   * @param patience how long a transaction waits for other processes that write, in milliseconds
   * @param thread false for the connection of a temporary database
   */
  constructor(file: string, { patience = 5_000, thread = true } = {}) {
    this.files = new OpenFiles(file);
    this.#patience = patience;
    if (!thread) this.#direct = new WriteConnection(this.files, { patience, durable: false });
  }

  /**
   * Runs statements in order, up to the first that fails.
   * @param transaction what to do before and after the statements; a transaction begins once no other process
   *   is writing
   * @returns for each statement, for each row of values, the rows read
   * @throws Error of SQLite, with its code; WriterLost; DOMException if a value cannot be sent to the thread
   */
  async run(
    statements: readonly Statement[],
    transaction?: Request["transaction"],
  ): Promise<unknown[][][][]> {
    const request: Request = { transaction, statements };
    if (this.#direct) {
      // As with a thread, requests that have arrived meanwhile are read first.
      await turn();
      return this.#read(this.#direct.answer(request));
    }
    const worker = (this.#worker ??= this.#start());
    // Posts first: this throws if a value cannot be sent to a thread, and then no answer will come.
    worker.postMessage(request);
    const { promise, resolve, reject } = Promise.withResolvers<unknown[][][][]>();
    // Keeps the process alive only while a request is open.
    if (this.#asking.push({ resolve, reject }) === 1) worker.ref();
    return promise;
  }

  async close(): Promise<void> {
    if (this.#direct) {
      // After the requests that have come before.
      await turn();
      return this.#direct.close();
    }
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
      try {
        asking?.resolve(this.#read(answer));
      } catch (error) {
        asking?.reject(error);
      }
    });
    worker.on("error", (error) => (cause = error));
    worker.on("exit", () => {
      this.#worker = undefined;
      for (const { reject } of this.#asking.splice(0))
        reject(new WriterLost("the writer thread has ended", { cause }));
    });
    return worker;
  }

  /** @throws Error of the answer */
  #read(answer: Answer): unknown[][][][] {
    if (answer.error) throw failureOf(answer.error);
    return answer.results;
  }
}

const failureOf = ({ message, code }: { message: string; code: string | undefined }): Error =>
  code === undefined ? new Error(message) : new BetterSqlite.SqliteError(message, code);
