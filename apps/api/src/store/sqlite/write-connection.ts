import { Connection } from "./connection.ts";
import type { OpenFiles } from "./open-files.ts";

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

/** A request to the write connection. */
export interface Request {
  /**
   * Begins or rolls back before the statements, after rolling an open transaction back; commits after them; or
   * begins before and commits after them.
   */
  transaction: "begin" | "rollback" | "commit" | "whole" | undefined;
  statements: readonly Statement[];
}
export type Answer =
  | { results: unknown[][][][]; error?: undefined }
  | { error: { message: string; code: string | undefined } };

/** The write connection: carries out requests in order, and waits for the disk. It is opened by the first one. */
export class WriteConnection {
  #opened: Connection | undefined;
  readonly #files: OpenFiles;
  readonly #patience: number;
  readonly #durable: boolean;

  /**
   * @param patience how long a transaction waits for other processes that write, in milliseconds
   * @param durable whether a commit returns only when it is on disk
   */
  constructor(files: OpenFiles, { patience, durable }: { patience: number; durable: boolean }) {
    this.#files = files;
    this.#patience = patience;
    this.#durable = durable;
  }

  /** Carries out a request. Never throws: a failure is an answer. */
  answer({ transaction, statements }: Request): Answer {
    try {
      const connection = (this.#opened ??= this.#open());
      // After a failed rollback, the previous transaction is still open. After some errors, such as a full
      // disk, SQLite has already rolled back by itself.
      if (transaction !== undefined && transaction !== "commit" && connection.handle.inTransaction)
        connection.run("rollback");
      if (transaction === "begin" || transaction === "whole") this.#begin(connection);
      const results = statements.map((statement) => run(connection, statement));
      if (transaction === "commit" || transaction === "whole") this.#commit(connection);
      return { results };
    } catch (error) {
      // A cloned error loses its code.
      const { message, code } = error as Error & { code?: string };
      return { error: { message, code } };
    }
  }

  /** Begins a transaction once no other process is writing, with growing random pauses between attempts. */
  #begin(connection: Connection): void {
    const end = performance.now() + this.#patience;
    for (let longest = 2; ; longest = Math.min(longest * 2, 50)) {
      try {
        return void connection.run("begin immediate");
      } catch (error) {
        if (!isBusy(error) || performance.now() > end) throw error;
      }
      sleep(longest * Math.random());
    }
  }

  /** Commits, unless a file was deleted or replaced: the commit would be lost. */
  #commit(connection: Connection): void {
    this.#files.check();
    connection.run("commit");
  }

  close(): void {
    this.#opened?.handle.close();
  }

  #open(): Connection {
    this.#files.check();
    const connection = new Connection(this.#files.file);
    // SQLite's own pauses between attempts have fixed lengths: two processes would stay in step.
    connection.handle.pragma("busy_timeout = 0");
    if (!this.#durable) connection.handle.pragma("synchronous = OFF");
    return connection;
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

const nothing = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number) => Atomics.wait(nothing, 0, 0, milliseconds);

/** @returns the rows read, for each row of values; nothing for a statement that reads none */
function run(connection: Connection, { sql, rows, must }: Request["statements"][number]): unknown[][][] {
  const statement = connection.prepare(sql);
  if (statement.reader) return rows.map((values) => statement.all(...values) as unknown[][]);
  for (const values of rows) {
    const { changes } = statement.run(...values);
    if (must === undefined || changes === 1) continue;
    if (must === "add") throw new Error("the database dropped an inserted row");
    const [id, version] = values.slice(-2);
    throw new Error(`${String(id)} is no longer at version ${String(version)}`);
  }
  return [];
}
