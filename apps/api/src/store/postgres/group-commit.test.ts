import { afterAll, beforeAll } from "vitest";
import { groupCommitCases } from "../../testing/group-commit.cases.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { migratedDatabases, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";

let server: PostgresServer;
let make: () => Promise<PostgresTestDatabase>;
beforeAll(async () => {
  server = await startPostgres();
  make = await migratedDatabases(server);
});
afterAll(() => server.dispose());

groupCommitCases(() => make());
