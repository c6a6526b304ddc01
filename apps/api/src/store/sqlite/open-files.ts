import { statSync } from "node:fs";
import BetterSqlite from "better-sqlite3";

/** What holds the content of a database: the file itself, and its write-ahead log. */
const endings = ["", "-wal"] as const;

/** A file of a database, as the file system knows it. */
type Identity = readonly [ending: string, deviceAndInode: string];

/**
 * The files that a server has open. Whoever deletes or replaces one of them leaves the server with a file
 * that has no name any more: all that is written to it is gone with the process.
 */
export class OpenFiles {
  readonly file: string;
  readonly #known: Map<string, string>;

  /** @param known from another thread; what is missing is taken as it is found first */
  constructor(file: string, known: readonly Identity[] = []) {
    this.file = file;
    this.#known = new Map(known);
    this.check();
  }

  get known(): Identity[] {
    return [...this.#known];
  }

  /** @throws SqliteError when one of the files is not there any more, or another has its name */
  check(): void {
    for (const ending of endings) {
      const path = this.file + ending;
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      const found = stats && `${stats.dev} ${stats.ino}`;
      const known = this.#known.get(ending);
      if (known === undefined) {
        if (found !== undefined) this.#known.set(ending, found);
      } else if (found !== known) {
        const what = found === undefined ? "deleted" : "replaced";
        throw new BetterSqlite.SqliteError(
          `${path} was ${what} under the running server, which must be started again`,
          "SQLITE_READONLY_DBMOVED",
        );
      }
    }
  }
}
