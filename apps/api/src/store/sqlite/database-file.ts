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

/** Whether a file can be a database, and how one is made: looked at before SQLite, which says less, or waits for ever. */

/**
 * Makes a database file where there is none, and its folder, which nobody but their owner can read.
 * @throws Error when it is no regular file, or cannot be written
 */
export function makeDatabaseFile(file: string): void {
  refuseOddFile(file);
  makeFolder(dirname(file));
  // Not `wx`: another process may make it meanwhile, and a link may lead to a file that is not there yet.
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  refuseReadOnly(dirname(file), "the folder");
  for (const path of beside(file)) if (existsSync(path)) refuseReadOnly(path, "the file");
}

/** The files of a database, of which those beside the first may be missing. */
const beside = (file: string): string[] => [file, `${file}-wal`, `${file}-shm`];

/** @throws Error when there is something else of that name than a regular file, such as a folder or a pipe */
export function refuseOddFile(file: string): void {
  if (file.includes("\0")) throw new Error("the name of a file has no NUL");
  for (const path of beside(file)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats && !stats.isFile()) throw new Error(`${path} is ${kindOf(stats)} and no file`);
  }
}

const kindOf = (stats: Stats): string =>
  stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";

/** @throws Error when there is a file of that name already */
export const makePrivateFile = (file: string): void => closeSync(openSync(file, "wx", 0o600));

/** Folder by folder: left to itself, Node tries for ever where one cannot be made, such as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw new Error(`the folder ${folder} cannot be made`, { cause: error });
  }
}

/** Root may write to what nobody has the permission to write; that nobody has it says what is wanted. */
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
