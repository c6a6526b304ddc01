import type { Database } from "./database.ts";
import type { Outage } from "./outage.ts";
import type { OtherAddresses } from "./postgres/address.ts";

/**
 * Opens a database and brings its schema up to date. Only the driver it needs is loaded.
 *
 * @param url `sqlite:` and a path; `sqlite::memory:` for a temporary database that is deleted on close; or a
 *   `postgres://` or `postgresql://` address
 * @param outage receives failed reads while the database is unavailable
 * @throws Error if the database cannot be opened or is newer than this program
 */
export async function openDatabase(
  url: string,
  others: OtherAddresses = {},
  outage?: Outage,
): Promise<Database> {
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import("./postgres/postgres-database.ts");
    return openPostgres(url, others, { outage });
  }
  if (others.direct !== undefined || others.replica !== undefined)
    throw new Error("an SQLite file has no direct address and no replica");
  const { openSqlite, openTemporarySqlite } = await import("./sqlite/sqlite-database.ts");
  const file = url.replace(/^sqlite:/, "");
  return file === ":memory:" ? openTemporarySqlite(outage) : openSqlite(file, outage);
}
