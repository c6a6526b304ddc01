import type { Dialect } from "../entities.ts";

/**
 * A migration: statements for both databases, or for one of them where they differ. In a text for both,
 * `{text}`, `{integer}`, `{boolean}` and `{json}` stand for the types of columns. At the end of a
 * `create table`, `{updated}` stands for how a table is kept whose rows are updated again and again, and
 * `{keyed}` for how one is that is hardly more than its key.
 */
export type Migration = readonly (string | Readonly<Partial<Record<Dialect, string>>>)[];

const words: Record<Dialect, Record<string, string>> = {
  sqlite: {
    text: "text",
    integer: "integer",
    boolean: "integer",
    json: "text",
    updated: "",
    keyed: " without rowid",
  },
  postgres: {
    // Sorted by code points, as on SQLite, whatever the locale of the server.
    text: 'text collate "C"',
    integer: "bigint",
    boolean: "boolean",
    json: "json",
    // Room on each page for new versions of its rows: an update then touches no index (a HOT update).
    updated: " with (fillfactor = 85)",
    keyed: "",
  },
};

/** A statement in the SQL of one database, undefined where it is for the other. @throws Error on an unknown word in braces */
export const statementFor = (dialect: Dialect, statement: Migration[number]): string | undefined =>
  typeof statement === "string"
    ? statement.replaceAll(/\{(\w+)\}/g, (_, word: string) => {
        const sql = words[dialect][word];
        if (sql === undefined) throw new Error(`a migration has no word {${word}}`);
        return sql;
      })
    : statement[dialect];
