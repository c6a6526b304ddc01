import type { Operations } from "./operations.ts";

/**
 * Opens the operator's access to a whole database. Only the driver it needs is loaded.
 *
 * @param url `sqlite:` and a path, or a `postgres://` or `postgresql://` address
 */
export async function operationsOn(url: string): Promise<Operations> {
  if (/^postgres(ql)?:/.test(url)) {
    const { postgresOperations } = await import("./postgres/postgres-operations.ts");
    return postgresOperations(url);
  }
  if (url === "sqlite::memory:") throw new Error("a database in memory is gone with the server that made it");
  const { sqliteOperations } = await import("./sqlite/sqlite-operations.ts");
  return sqliteOperations(url.replace(/^sqlite:/, ""));
}
