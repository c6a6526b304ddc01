import { Lost, Taken } from "../database.ts";
import { WriterLost } from "./writer.ts";

/**
 * The result codes that say that SQLite cannot store anything at present, by their first parts: each has
 * extended ones, such as SQLITE_IOERR_FSYNC. SQLITE_CORRUPT is not among them: a damaged page is about
 * the records on it, and all others can be written.
 */
const lost = [
  "SQLITE_BUSY",
  "SQLITE_CANTOPEN",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_LOCKED",
  "SQLITE_NOMEM",
  "SQLITE_NOTADB",
  "SQLITE_PERM",
  "SQLITE_PROTOCOL",
  "SQLITE_READONLY",
];

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/** Whether SQLite cannot read or store anything at present. */
export const isLost = (error: unknown): boolean => {
  const code = codeOf(error);
  return error instanceof WriterLost || lost.some((one) => code === one || code.startsWith(`${one}_`));
};

/** An error of the connection for writes, as GroupCommit is told of it. */
export function translated(error: unknown): unknown {
  if (isLost(error)) return new Lost({ cause: error });
  const code = codeOf(error);
  return code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY"
    ? new Taken({ cause: error })
    : error;
}

/**
 * Whether a commit that has failed may be stored nevertheless. When the disk refuses the sync, all of it
 * stands in the write-ahead log: it is gone with the next change, but if the process dies before that,
 * the next start takes it for committed.
 */
export const isUnconfirmed = (error: unknown): boolean =>
  error instanceof WriterLost || codeOf(error) === "SQLITE_IOERR_FSYNC";
