import { startOwnPostgres } from "@roster/api/testing/postgres";
import { newSeed, readOptions } from "@roster/api/testing/options";
import { startServer } from "../server.ts";
import { killImport } from "./kills.ts";

const { rows, kills, database, seed } = readOptions(
  "test:import",
  "Imports a file with the command line, kills it with SIGKILL at random moments, starts it again until it\nends, and compares what is stored with the file: each record once, in its first version.",
  {
    rows: { number: 20_000, least: 1, what: "how many rows the file has" },
    kills: { number: 10, what: "how often the import is killed" },
    database: { oneOf: ["sqlite", "postgres"], what: "the database" },
    seed: { number: newSeed(), what: "chooses when it is killed" },
  },
);
const say = (text: string) => process.stdout.write(`${text}\n`);

say(`seed ${seed}, on ${database}`);
const postgres = database === "postgres" ? await startOwnPostgres() : undefined;
const server = await startServer(postgres && { DATABASE_URL: await postgres.createDatabase() });
try {
  const result = await killImport({
    server,
    rows,
    kills,
    seed,
    progress: say,
  });
  say(`killed ${result.kills} times; the last run found ${result.resumed} rows stored`);
  for (const problem of result.problems) say(`WRONG: ${problem}`);
  say(`${result.problems.length} problems`);
  if (result.problems.length > 0) process.exitCode = 1;
} finally {
  await server.dispose();
  await postgres?.dispose();
}
