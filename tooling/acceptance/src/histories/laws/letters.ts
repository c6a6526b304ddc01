import { fileOf } from "@roster/api/testing/look";
import BetterSqlite from "better-sqlite3";
import type { History } from "../history.ts";
import { same } from "../wrong.ts";

/** The number that an index of SQLite gives to a text. */
const place = "tenant * 17179869184 + case record_type when 'user' then 4294967296 else 0 end + number";

/** SQLite's index of letters has all of the searched texts, and none that was in earlier ones. */
export function checkLetters({ door }: History): void {
  const { database: url } = door.server;
  if (!url.startsWith("sqlite:")) return;
  const database = new BetterSqlite(fileOf(url), { readonly: true });
  try {
    database.exec("create virtual table temp.letters using fts5vocab('main', 'search_index', 'instance')");
    const indexed = database.prepare("select doc || ' ' || term from letters").pluck().all() as string[];
    const texts = database.prepare(`select ${place}, text from search_texts`).raw().all() as [
      number,
      string,
    ][];
    const expected = texts.flatMap(([number, text]) => {
      const letters = Array.from(text);
      return letters.slice(2).map((_, i) => `${number} ${letters.slice(i, i + 3).join("")}`);
    });
    same([...new Set(indexed)].toSorted(), [...new Set(expected)].toSorted(), "the index of letters");
  } finally {
    database.close();
  }
}
