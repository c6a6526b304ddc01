import { startOwnPostgres } from "@roster/api/testing/postgres";
import { newSqliteFile } from "@roster/api/testing/new-sqlite-file";
import { newSeed, readOptions } from "@roster/api/testing/options";
import { startServer } from "../server.ts";
import { firstDifference } from "./same.ts";
import { run, type Run } from "./run.ts";

const { seed, steps, every, seeds, database } = readOptions(
  "test:histories",
  "Lets many things happen to a tenant in a random order, through all surfaces, and checks that the features\nagree: histories, lists, feeds, undos, merges, groups, erasures, dry runs and repetitions. On both databases,\nit also compares all answers.",
  {
    seed: { number: newSeed(), what: "chooses what happens" },
    steps: { number: 2_000, least: 1, what: "how many things happen" },
    every: { number: 25, least: 1, what: "after how many of them everything is checked" },
    seeds: { number: 1, least: 1, what: "how many histories, with seeds that follow the first" },
    database: { oneOf: ["both", "sqlite", "postgres"], what: "the databases" },
  },
);
const say = (text: string) => process.stdout.write(`${text}\n`);

const postgres = database === "sqlite" ? undefined : await startOwnPostgres();
const openings: Record<"sqlite" | "postgres", () => Promise<{ url: string; drop(): Promise<void> }>> = {
  async sqlite() {
    const { file, remove } = await newSqliteFile();
    return { url: `sqlite:${file}`, drop: remove };
  },
  postgres: async () => ({ url: (await postgres?.createDatabase()) as string, drop: async () => {} }),
};
const names = database === "both" ? (["sqlite", "postgres"] as const) : [database];

async function runOn(name: "sqlite" | "postgres", chosen: number): Promise<Run> {
  const { url, drop } = await openings[name]();
  const server = await startServer({ DATABASE_URL: url });
  try {
    return await run({ server, seed: chosen, steps, every });
  } finally {
    await server.dispose();
    await drop();
  }
}

let problems = 0;
const tally = new Map<string, { sent: number; accepted: number }>();
try {
  for (let chosen = seed; chosen < seed + seeds; chosen++) {
    const runs: Run[] = [];
    for (const name of names) {
      const made = await runOn(name, chosen);
      runs.push(made);
      say(`seed ${chosen} on ${name}: ${made.steps} steps, ${made.transcript.length} requests`);
      for (const [path, { sent, accepted }] of made.tally) {
        const { sent: all, accepted: good } = tally.get(path) ?? { sent: 0, accepted: 0 };
        tally.set(path, { sent: all + sent, accepted: good + accepted });
      }
      if (!made.problem) continue;
      problems++;
      say(`WRONG at step ${made.problem.step}: ${made.problem.message}`);
      say(
        `  again: npm run test:histories -- --seed ${chosen} --steps ${made.problem.step} --every 1 --database ${name}`,
      );
    }
    const difference = firstDifference(runs);
    if (difference === undefined) continue;
    problems++;
    say(`WRONG: the databases answer differently with seed ${chosen}: ${difference}`);
  }
} finally {
  await postgres?.dispose();
}
for (const [path, { sent, accepted }] of [...tally].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  say(`  ${path.padEnd(36)} ${sent} sent, ${accepted} accepted`);
say(`${problems} problems`);
if (problems > 0) process.exitCode = 1;
