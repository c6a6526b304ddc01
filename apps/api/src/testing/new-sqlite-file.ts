import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A database file in a new folder: a copy of the template of `sqlite-setup.ts`, without a tenant. Outside a
 * test run there is no template, and opening the database creates the file.
 */
export async function newSqliteFile(): Promise<{ file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "roster-"));
  const file = join(folder, "roster.db");
  const template = process.env["TEST_SQLITE_TEMPLATE"];
  if (template !== undefined) await copyFile(template, file);
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
