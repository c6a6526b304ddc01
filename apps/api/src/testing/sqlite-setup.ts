import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "../store/sqlite/sqlite-database.ts";

/**
 * Runs before all tests on SQLite: creates one file whose schema is up to date, which tests copy. That saves
 * most tests the time to load and run the migrations.
 *
 * @returns the teardown, which removes the file
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "roster-template-"));
  const template = join(folder, "roster.db");
  await (await openSqlite(template)).close();
  process.env["TEST_SQLITE_TEMPLATE"] = template;
  return () => rm(folder, { recursive: true, force: true });
}
