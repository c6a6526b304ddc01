import { afterAll, beforeAll } from "vitest";
import { longLogCases } from "../../testing/long-log.cases.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { postgresTestDatabase } from "../../testing/postgres-test-database.ts";
import { Connection } from "./connection.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.dispose());

const counts: number[] = [];
const { run } = Connection.prototype;
Connection.prototype.run = async function (text, values) {
  const result = await run.call(this, text, values);
  counts.push(result.rows.length);
  return result;
};

longLogCases(
  () => postgresTestDatabase(server),
  (text) => `cast(${text} as json)`,
  {
    take: () => counts.splice(0),
  },
);
