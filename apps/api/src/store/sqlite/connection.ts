import BetterSqlite, { type Database as Handle, type Statement } from "better-sqlite3";
import type { RecordType } from "@roster/domain";
import { isJson, tables, valueOf, type AnyRecord, type Column } from "../tables.ts";

/** One connection to the file, with every statement prepared once for its life. */
export class Connection {
  readonly handle: Handle;
  readonly #statements = new Map<string, Statement>();

  /** @param readonly such a connection refuses every write, whoever asks */
  constructor(file: string, { readonly = false } = {}) {
    this.handle = new BetterSqlite(file, { readonly, timeout: 5000 });
    // FULL: in WAL mode too, a commit returns when it is on disk.
    this.handle.pragma("synchronous = FULL");
    this.handle.pragma("cache_size = -64000");
    this.handle.pragma("secure_delete = ON");
    if (readonly) this.handle.pragma("query_only = ON");
  }

  /** A statement whose rows come as arrays, for speed. */
  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.handle.prepare(sql);
      if (statement.reader) statement.raw();
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

/** `a, b, c` of a table's columns, each behind an alias where one is given. */
export const columnList = (type: RecordType, alias?: string): string =>
  tables[type].columns.map(({ name }) => (alias ? `${alias}.${name}` : name)).join(", ");

/** A value of a record as SQLite keeps it. */
export function encode(column: Column, record: AnyRecord): unknown {
  const value = valueOf(record, column.field);
  if (value === null || value === undefined) return null;
  if (isJson(column)) return JSON.stringify(value);
  return column.policy.kind === "boolean" ? Number(value) : value;
}

/** A record from a row whose values stand in the order of the table's columns. */
export function decodeRow<R>(type: RecordType, row: readonly unknown[]): R {
  const record: Record<string, unknown> = {};
  const { columns } = tables[type];
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as Column;
    const value = row[i];
    record[column.field] =
      value === null
        ? null
        : isJson(column)
          ? JSON.parse(value as string)
          : column.policy.kind === "boolean"
            ? value === 1
            : value;
  }
  return record as R;
}
