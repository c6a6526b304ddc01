import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { OnProgress } from "../operations.ts";
import { Connection } from "./connection.ts";
import { makePrivateFile } from "./database-file.ts";

/** How many pages are copied before the progress is told, of 4 KiB each. */
const portion = 2_560;

/**
 * Copies a file by SQLite's online backup, checks the copy, and only then gives it its name: what has
 * that name is whole. Nobody but its owner can read it.
 *
 * @param source in a read transaction. Without one, every commit of a server would make the copy start
 *   again from its beginning, and under load it would never end
 * @throws Error when there is a file of that name, or the copy is not in order
 */
export async function backup(source: Connection, file: string, onProgress: OnProgress): Promise<void> {
  if (existsSync(file)) throw new Error(`${file} is there already`);
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  makePrivateFile(unfinished);
  try {
    await source.handle.backup(unfinished, {
      progress({ totalPages, remainingPages }) {
        onProgress(totalPages - remainingPages, totalPages);
        return portion;
      },
    });
    check(unfinished);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** @throws Error when a file is not sound, or its log is not as long as its counters say */
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
