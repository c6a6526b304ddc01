import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { OnProgress } from "../operations.ts";
import { Connection } from "./connection.ts";
import { beside, makePrivateFile } from "./database-file.ts";

/** The number of pages, of 4 KiB each, that are copied between two reports of progress. */
const portion = 2_560;

/**
 * Copies a file by SQLite's online backup, checks the copy, and only then gives it its name, so that a file
 * with that name is complete. Only its owner can read it.
 *
 * @param source a connection in a read transaction. Without one, every commit of a server would restart the
 *   copy, and under load it would never end
 * @throws Error if the file exists, or the copy fails its check
 */
export async function backup(source: Connection, file: string, onProgress: OnProgress): Promise<void> {
  refuseTaken(file);
  if (!existsSync(dirname(file))) throw new Error(`the folder ${dirname(file)} does not exist`);
  // Another backup may be on the way to the same file.
  const unfinished = `${file}.${randomBytes(4).toString("hex")}.unfinished`;
  makePrivateFile(unfinished);
  try {
    await source.handle.backup(unfinished, {
      progress({ totalPages, remainingPages }) {
        onProgress(totalPages - remainingPages, totalPages);
        return portion;
      },
    });
    check(unfinished);
    refuseTaken(file);
    await rename(unfinished, file);
  } catch (error) {
    for (const path of beside(unfinished)) await rm(path, { force: true });
    throw error;
  }
}

function refuseTaken(file: string): void {
  if (existsSync(file)) throw new Error(`${file} exists already`);
}

/** @throws Error if a file is damaged, or the length of a log does not match its counter */
function check(file: string): void {
  const { handle } = new Connection(file);
  try {
    const found = handle.pragma("integrity_check", { simple: true });
    if (found !== "ok") throw new Error(`SQLite finds the copy broken: ${String(found)}`);
    const cut = handle
      .prepare(
        "select tenant from tenant_counters c where seq <> (select count(*) from change_log l where l.tenant = c.tenant)",
      )
      .pluck()
      .get() as number | undefined;
    if (cut !== undefined) throw new Error(`the log of tenant ${cut} is not complete in the copy`);
  } finally {
    handle.close();
  }
}
