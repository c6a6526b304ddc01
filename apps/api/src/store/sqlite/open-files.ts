import { statSync } from "node:fs";
import BetterSqlite from "better-sqlite3";

/** The endings of the files that hold a database's content: the file itself and its write-ahead log. */
const endings = ["", "-wal"] as const;

/** A file's identity in the file system. */
type Identity = readonly [ending: string, deviceAndInode: string];

/**
 * The files that a server has open. If one of them is deleted or replaced, the server keeps writing to a file
 * without a name, and everything written there is lost with the process.
 */
export class OpenFiles {
  readonly file: string;
  readonly #known: Map<string, string>;

  /** @param known the identities that another thread has found; missing ones are read now or at a later check */
  constructor(file: string, known: readonly Identity[] = []) {
    this.file = file;
    this.#known = new Map(known);
    this.check();
  }

  get known(): Identity[] {
    return [...this.#known];
  }

  /** @throws SqliteError if one of the files was deleted or replaced */
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
