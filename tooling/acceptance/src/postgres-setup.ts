import { startOwnPostgres } from "@roster/api/testing/postgres";

/**
 * Before all tests: with `ROSTER_TEST_DATABASE=postgres`, one PostgreSQL for all servers that they
 * start, unless `TEST_POSTGRES_URL` names one.
 *
 * @returns what ends it after all tests
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["ROSTER_TEST_DATABASE"] !== "postgres" || process.env["TEST_POSTGRES_URL"])
    return undefined;
  const server = await startOwnPostgres();
  // The processes that run the tests are made after this, and inherit it.
  process.env["TEST_POSTGRES_URL"] = server.url;
  return () => server.dispose();
}
