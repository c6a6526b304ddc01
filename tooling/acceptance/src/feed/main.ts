import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startOwnPostgres } from "@roster/api/testing/postgres";
import { storm } from "./storm.ts";

const help = `npm run test:feed -- [options]

Changes customers on several nodes while others watch, who are cut off at random; kills nodes; then
compares what each watcher was given with the log: nothing missing, nothing twice, all in order.

  --events N      how many changes (default 100000)
  --watchers N    how many watch, each with one of three filters or none (default 16)
  --nodes N       how many server processes share the database (default 2)
  --kills N       how often a node is killed and started again (default 6)
  --database D    sqlite (default) or postgres
  --seed N        chooses what is changed, cut off and killed
  --help

Exits with 1 if anything is wrong.
`;

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "100000" },
    watchers: { type: "string", default: "16" },
    nodes: { type: "string", default: "2" },
    kills: { type: "string", default: "6" },
    database: { type: "string", default: "sqlite" },
    seed: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Creates a database. @returns its address and a function that removes it */
async function openDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  if (values.database === "postgres") {
    const server = await startOwnPostgres();
    return { url: await server.createDatabase(), drop: () => server.dispose() };
  }
  const folder = await mkdtemp(join(tmpdir(), "roster-feed-"));
  return {
    url: `sqlite:${join(folder, "roster.db")}`,
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function run(): Promise<void> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
  const [events, watchers, nodes, kills] = [values.events, values.watchers, values.nodes, values.kills].map(
    Number,
  ) as [number, number, number, number];
  say(`seed ${seed}, on ${values.database}`);
  const database = await openDatabase();
  try {
    const figures = await storm({
      database: database.url,
      events,
      watchers,
      nodes,
      kills,
      seed,
      progress: say,
    });
    const { problems, delay, milliseconds, ...counts } = figures;
    say(
      `${counts.events} changes, ${counts.received} given to ${watchers} watchers, ${counts.cuts} connections cut, ${counts.kills} nodes killed, ${counts.begunAgain} times begun again, in ${(milliseconds / 1000).toFixed(1)} s`,
    );
    say(
      `from commit to watcher: median ${delay.median} ms, 99th percentile ${delay.p99} ms, all cuts included`,
    );
    for (const problem of problems) say(`WRONG: ${problem}`);
    say(`${problems.length} problems`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await database.drop();
  }
}

if (values.help) say(help);
else await run();
