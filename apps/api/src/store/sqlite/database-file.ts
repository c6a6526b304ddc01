import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";

/** Checks and creates database files before SQLite opens them, because SQLite reports less, or waits for ever. */

/**
 * Creates a database file and its folder if they do not exist; only their owner can read them.
 * @throws Error if it is not a regular file, or cannot be written
 */
export function makeDatabaseFile(file: string): void {
  refuseOddFile(file);
  makeFolder(dirname(file));
  // Not `wx`: another process may create the file meanwhile, and a link may lead to a file that does not
  // exist yet.
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  refuseReadOnly(dirname(file), "the folder");
  for (const path of beside(file)) if (existsSync(path)) refuseReadOnly(path, "the file");
}

/** The files of a database; all but the first may be missing. */
export const beside = (file: string): string[] => [file, `${file}-wal`, `${file}-shm`];

/** @throws Error if one of the names belongs to something other than a regular file, such as a folder or a pipe */
export function refuseOddFile(file: string): void {
  if (file.includes("\0")) throw new Error("the name of a file has no NUL");
  for (const path of beside(file)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats && !stats.isFile()) throw new Error(`${path} is ${kindOf(stats)} and no file`);
  }
}

const kindOf = (stats: Stats): string =>
  stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";

/** Creates a file that only its owner can read. @throws Error if the file exists */
export const makePrivateFile = (file: string): void => closeSync(openSync(file, "wx", 0o600));

/**
 * Creates folders one by one: with `recursive`, Node never returns if a folder cannot be created, such as in
 * `/proc`.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have created it meanwhile.
    if (!existsSync(folder)) throw new Error(`the folder ${folder} cannot be made`, { cause: error });
  }
}

/**
 * Root can write to files without any write permission, so the permission bits are checked too: they express
 * intent.
 */
const anybody = 0o222;

function refuseReadOnly(path: string, what: string): void {
  if ((statSync(path).mode & anybody) === 0) throw new Error(`${what} ${path} is read-only`);
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "EACCES" ? "by this user" : "as it is read-only";
    throw new Error(`${what} ${path} cannot be written ${why}`, { cause: error });
  }
}
