import BetterSqlite, { type Database as Handle, type Statement } from "better-sqlite3";

/**
 * The maximum number of statements that stay prepared, at about ten kilobytes each. An update names the
 * columns that changed, and there are more combinations of columns than fit in memory.
 */
const maxStatements = 1_000;

/**
 * The size to which the write-ahead log is cut when it is restarted, in bytes. It grows larger under load and
 * while a reader holds an old state.
 */
const longestLog = 16 * 1024 * 1024;

/** A connection to the file, with a cache of prepared statements. */
export class Connection {
  readonly handle: Handle;
  readonly #statements = new Map<string, Statement>();

  /** @param readonly makes the connection refuse every write */
  constructor(file: string, { readonly = false } = {}) {
    this.handle = new BetterSqlite(file, { readonly, timeout: 5000 });
    // FULL: in WAL mode, too, a commit returns only when it is on disk.
    this.handle.pragma("synchronous = FULL");
    // 16,000 KiB. Other pages are in the operating system's file cache, which all connections share.
    this.handle.pragma("cache_size = -16000");
    this.handle.pragma("secure_delete = ON");
    this.handle.pragma(`journal_size_limit = ${longestLog}`);
    if (readonly) this.handle.pragma("query_only = ON");
  }

  /** Prepares a statement, or returns the cached one. Rows are arrays, for speed. */
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
