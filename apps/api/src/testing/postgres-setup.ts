import { openPostgres } from "../store/postgres/postgres-database.ts";
import { startPostgres } from "./postgres-server.ts";

/**
 * Runs before all tests on PostgreSQL: starts one server for all of them, with a database whose schema is up
 * to date, which tests copy. The test processes start afterwards, and find both in the environment.
 *
 * @returns the teardown, which stops the server
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const template = await server.createDatabase();
  await (await openPostgres(template)).close();
  process.env["TEST_POSTGRES_URL"] = server.url;
  process.env["TEST_POSTGRES_TEMPLATE"] = template;
  return () => server.dispose();
}
