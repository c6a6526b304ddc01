import BetterSqlite from "better-sqlite3";
import { Client } from "pg";
import { types } from "../../../apps/api/src/store/postgres/values.ts";

/** The stored data of a program, read from its database. */
export interface Stored {
  /** How updates are counted: by rows of a change log or, without one, by the customers' rows. */
  as: "log" | "rows";
  /** The rows that a statement returns. Integers are numbers and JSON is text on every database. */
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
