import BetterSqlite from "better-sqlite3";
import { openSqlite } from "../store/sqlite/sqlite-database.ts";
import { newSqliteFile } from "./new-sqlite-file.ts";
import type { TestDatabase } from "./node.ts";

/** An SQLite file in a temporary folder. */
export async function sqliteTestDatabase(): Promise<TestDatabase & { file: string }> {
  const { file, remove } = await newSqliteFile();
  const sql = async (text: string): Promise<unknown[][]> => {
    const other = new BetterSqlite(file);
    try {
      const statement = other.prepare(text);
      return statement.reader ? (statement.raw().all() as unknown[][]) : (statement.run(), []);
    } finally {
      other.close();
    }
  };
  return {
    file,
    open: () => openSqlite(file),
    sql,
    async refuseLog() {
      await sql(
        "create trigger no_log before insert on change_log begin select raise(abort, 'no log today'); end",
      );
      return async () => void (await sql("drop trigger no_log"));
    },
    dispose: remove,
  };
}
