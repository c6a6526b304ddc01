import BetterSqlite from "better-sqlite3";
import { Client } from "pg";
import { types } from "../../../apps/api/src/store/postgres/values.ts";

/** What a program has stored, as somebody sees it who asks the database and not the program. */
export interface Stored {
  /** How updates are seen: by their rows of a change log, or, without one, by the customers' own. */
  as: "log" | "rows";
  /** The rows that a statement gives. Integers are numbers and JSON is text, whatever the database. */
  rows(sql: string): Promise<Row[]>;
}

export type Row = Record<string, unknown>;

export const onSqlite = (file: string, as: Stored["as"]): Stored => ({
  as,
  async rows(sql) {
    const database = new BetterSqlite(file, { readonly: true });
    try {
      return database.prepare(sql).all() as Row[];
    } finally {
      database.close();
    }
  },
});

export const onPostgres = (url: string, as: Stored["as"]): Stored => ({
  as,
  async rows(sql) {
    const client = new Client({ connectionString: url, types });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  },
});
