import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOwnPostgres } from "@roster/api/testing/postgres";
import { newSeed, readOptions } from "@roster/api/testing/options";
import { storm } from "./storm.ts";

const options = readOptions(
  "test:feed",
  "Changes customers on several nodes while others watch, who are cut off at random; kills nodes; then\ncompares what each watcher was given with the log: nothing missing, nothing twice, all in order.",
  {
    events: { number: 100_000, least: 1, what: "how many changes" },
    watchers: { number: 16, least: 1, what: "how many watch, each with one of three filters or none" },
    nodes: { number: 2, least: 1, what: "how many server processes share the database" },
    kills: { number: 6, what: "how often a node is killed and started again" },
    database: { oneOf: ["sqlite", "postgres"], what: "the database" },
    seed: { number: newSeed(), what: "chooses what is changed, cut off and killed" },
  },
);
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Creates a database. @returns its address and a function that removes it */
async function openDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  if (options.database === "postgres") {
    const server = await startOwnPostgres();
    return { url: await server.createDatabase(), drop: () => server.dispose() };
  }
  const folder = await mkdtemp(join(tmpdir(), "roster-feed-"));
  return {
    url: `sqlite:${join(folder, "roster.db")}`,
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

say(`seed ${options.seed}, on ${options.database}`);
const database = await openDatabase();
try {
  const figures = await storm({
    ...options,
    database: database.url,
    progress: say,
  });
  const { problems, delay, milliseconds, ...counts } = figures;
  say(
    `${counts.events} changes, ${counts.received} given to ${options.watchers} watchers, ${counts.cuts} connections cut, ${counts.kills} nodes killed, ${counts.begunAgain} times begun again, in ${(milliseconds / 1000).toFixed(1)} s`,
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
