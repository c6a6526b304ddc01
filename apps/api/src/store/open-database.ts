import type { Database } from "./database.ts";

/**
 * Opens a database and brings its schema up to date. Only the driver that it needs is loaded.
 *
 * @param url `sqlite:` and a path, or the `postgres://` or `postgresql://` address of a database
 * @throws Error when it cannot be opened, or is newer than this program
 */
export async function openDatabase(url: string): Promise<Database> {
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import("./postgres/postgres-database.ts");
    return openPostgres(url);
  }
  const { openSqlite } = await import("./sqlite/sqlite-database.ts");
  return openSqlite(url.replace(/^sqlite:/, ""));
}
