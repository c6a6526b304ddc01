import type { Database } from "./database.ts";
import type { Outage } from "./outage.ts";
import type { OtherAddresses } from "./postgres/address.ts";

interface Options {
  /** The number of write connections to PostgreSQL. */
  writers?: number | undefined;
  /** Whether PostgreSQL is sharded by tenant. */
  sharded?: boolean | undefined;
  /** Receives failed reads while the database is unavailable. */
  outage?: Outage | undefined;
}

/**
 * Opens a database and brings its schema up to date. Only the driver it needs is loaded.
 *
 * @param url `sqlite:` and a path; `sqlite::memory:` for a temporary database that is deleted on close; or a
 *   `postgres://` or `postgresql://` address
 * @throws Error if the database cannot be opened or is newer than this program
 */
export async function openDatabase(
  url: string,
  others: OtherAddresses = {},
  { writers, sharded, outage }: Options = {},
): Promise<Database> {
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import("./postgres/postgres-database.ts");
    return openPostgres(url, others, { writers, sharded, outage });
  }
  if (!/^sqlite:./s.test(url))
    throw new Error("the database must be sqlite: and the path of a file, or the postgres:// address of one");
  if (others.direct !== undefined || others.replica !== undefined)
    throw new Error("an SQLite file has no direct address and no replica");
  if (writers !== undefined || sharded) throw new Error("an SQLite file has one writer and no shards");
  const { openSqlite, openTemporarySqlite } = await import("./sqlite/sqlite-database.ts");
  const file = url.replace(/^sqlite:/, "");
  return file === ":memory:" ? openTemporarySqlite(outage) : openSqlite(file, outage);
}
