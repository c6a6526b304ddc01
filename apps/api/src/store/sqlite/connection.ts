import BetterSqlite, { type Database as Handle, type Statement } from "better-sqlite3";

/**
 * The most statements that stay prepared, at some ten kilobytes each. An update names the columns that
 * have changed, and there are more choices of columns than there is memory.
 */
const maxStatements = 1_000;

/**
 * How long the write-ahead log stays at most once it begins anew, in bytes. It grows beyond that while
 * somebody goes on reading an old state, and under load.
 */
const longestLog = 16 * 1024 * 1024;

/** One connection to the file. A statement is prepared once, and stays so while there is room. */
export class Connection {
  readonly handle: Handle;
  readonly #statements = new Map<string, Statement>();

  /** @param readonly such a connection refuses every write, whoever asks */
  constructor(file: string, { readonly = false } = {}) {
    this.handle = new BetterSqlite(file, { readonly, timeout: 5000 });
    // FULL: in WAL mode too, a commit returns when it is on disk.
    this.handle.pragma("synchronous = FULL");
    // In KiB. What does not fit is in the system's cache of the file, and is there for all connections.
    this.handle.pragma("cache_size = -16000");
    this.handle.pragma("secure_delete = ON");
    this.handle.pragma(`journal_size_limit = ${longestLog}`);
    if (readonly) this.handle.pragma("query_only = ON");
  }

  /** A statement whose rows come as arrays, for speed. */
  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.handle.prepare(sql);
      if (statement.reader) statement.raw();
      if (this.#statements.size === maxStatements)
        this.#statements.delete(this.#statements.keys().next().value as string);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  all(sql: string, ...values: unknown[]): unknown[][] {
    return this.prepare(sql).all(...values) as unknown[][];
  }

  get(sql: string, ...values: unknown[]): unknown[] | undefined {
    return this.prepare(sql).get(...values) as unknown[] | undefined;
  }

  /** @returns how many rows changed */
  run(sql: string, ...values: unknown[]): number {
    return this.prepare(sql).run(...values).changes;
  }
}
