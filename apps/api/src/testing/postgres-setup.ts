import { openPostgres } from "../store/postgres/postgres-database.ts";
import { startPostgres } from "./postgres-server.ts";

/**
 * Before all tests that need a PostgreSQL: one server for all of them, and on it a database whose
 * schema is up to date, of which tests get copies. The processes that run tests are made after this,
 * and know of both by the environment.
 *
 * @returns what ends it after all tests
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const template = await server.createDatabase();
  await (await openPostgres(template)).close();
  process.env["TEST_POSTGRES_URL"] = server.url;
  process.env["TEST_POSTGRES_TEMPLATE"] = template;
  return () => server.dispose();
}
