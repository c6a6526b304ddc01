import { parseArgs } from "node:util";
import { startOwnPostgres } from "@roster/api/testing/postgres";
import { startServer } from "../server.ts";
import { killImport } from "./kills.ts";

const help = `npm run test:import -- [options]

Imports a file with the command line, kills it with SIGKILL at random moments, starts it again until it
ends, and compares what is stored with the file: each record once, in its first version.

  --rows N        how many rows the file has (default 20000)
  --kills N       how often the import is killed (default 10)
  --database D    sqlite (default) or postgres
  --seed N        chooses when it is killed
  --help

Exits with 1 if anything is wrong.
`;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "20000" },
    kills: { type: "string", default: "10" },
    database: { type: "string", default: "sqlite" },
    seed: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

async function run(): Promise<void> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  say(`seed ${seed}, on ${values.database}`);
  const postgres = values.database === "postgres" ? await startOwnPostgres() : undefined;
  const server = await startServer(postgres && { DATABASE_URL: await postgres.createDatabase() });
  try {
    const result = await killImport({
      server,
      rows: Number(values.rows),
      kills: Number(values.kills),
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
}

if (values.help) say(help);
else await run();
