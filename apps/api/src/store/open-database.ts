import type { Database } from "./database.ts";
import type { Outage } from "./outage.ts";
import type { OtherAddresses } from "./postgres/address.ts";

/**
 * Opens a database and brings its schema up to date. Only the driver that it needs is loaded.
 *
 * @param url `sqlite:` and a path, `sqlite::memory:` for one that goes with its close, or the
 *   `postgres://` or `postgresql://` address of a database
 * @param outage is told of reads that fail while the database is away
 * @throws Error when it cannot be opened, or is newer than this program
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
