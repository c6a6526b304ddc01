import { setTimeout as pause } from "node:timers/promises";
import { refuseNewer } from "../migration-state.ts";
import { Connection } from "./connection.ts";
import { makeDatabaseFile } from "./database-file.ts";
import { migrate, migrationState } from "./migrate.ts";

/** For how long processes that start at the same time wait for each other, in milliseconds. */
const patience = 30_000;

/**
 * Makes sure that a file can be used: makes it where there is none, and runs the migrations that it
 * lacks, once, however many processes start at the same time.
 *
 * @throws Error when the file cannot be opened or written, is no database, or is newer than this program
 */
export async function prepare(file: string): Promise<void> {
  makeDatabaseFile(file);
  const end = performance.now() + patience;
  for (;;) {
    const connection = new Connection(file);
    try {
      connection.handle.pragma("journal_mode = WAL");
      const state = migrationState(connection.handle);
      refuseNewer(state);
      if (state.pending.length > 0) await migrate(file);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    } finally {
      connection.handle.close();
    }
    await pause(50 * Math.random());
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");
