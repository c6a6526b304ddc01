import type { Dialect } from "../entities.ts";

/**
 * A migration: statements for both databases or, where they differ, one text per database. In a common text,
 * `{text}`, `{integer}`, `{boolean}` and `{json}` stand for column types. At the end of a `create table`,
 * `{updated}` stands for the storage options of a table whose rows are updated often, and `{keyed}` for those
 * of a table that consists of little more than its key.
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
    // Sorts by code points, as on SQLite, whatever the server's locale.
    text: 'text collate "C"',
    integer: "bigint",
    boolean: "boolean",
    json: "json",
    // Leaves room on each page for new row versions: an update then touches no index (a HOT update).
    updated: " with (fillfactor = 85)",
    keyed: "",
  },
};

/**
 * @returns a statement in the SQL of one database; undefined if it is only for the other
 * @throws Error on an unknown word in braces
 */
export const statementFor = (dialect: Dialect, statement: Migration[number]): string | undefined =>
  typeof statement === "string"
    ? statement.replaceAll(/\{(\w+)\}/g, (_, word: string) => {
        const sql = words[dialect][word];
        if (sql === undefined) throw new Error(`a migration has no word {${word}}`);
        return sql;
      })
    : statement[dialect];
