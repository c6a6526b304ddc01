import { Lost, Taken } from "../database.ts";
import { WriterLost } from "./writer.ts";

/**
 * The result codes that mean that SQLite cannot store anything now. Each has extended codes that begin with
 * it, such as SQLITE_IOERR_FSYNC. SQLITE_CORRUPT is not among them: a damaged page affects only the records
 * on it.
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

/** Maps an error of the write connection to the store's error classes. */
export function translated(error: unknown): unknown {
  if (isLost(error)) return new Lost({ cause: error });
  const code = codeOf(error);
  return code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY"
    ? new Taken({ cause: error })
    : error;
}

/** Whether another process kept the write lock for too long. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith("SQLITE_BUSY");

/**
 * Whether a failed commit may be stored nevertheless. If the disk refuses the sync, the write-ahead log
 * already holds the whole commit. The next change overwrites it, but if the process dies before that, the
 * next start finds it committed.
 */
export const isUnconfirmed = (error: unknown): boolean =>
  error instanceof WriterLost || codeOf(error) === "SQLITE_IOERR_FSYNC";
