import { newSeed, readOptions } from "@roster/api/testing/options";
import { killChildren } from "./processes.ts";
import { findPrograms } from "./programs.ts";
import { scenarios, type Scenario, type ScenarioName } from "./scenarios.ts";
import { tryScenario } from "./trial.ts";

const names = Object.keys(scenarios) as ScenarioName[];
const longest = Math.max(...names.map((name) => name.length));

const about = `Changes the primary in every way while clients change records: three PostgreSQL under Patroni with etcd,
HAProxy in front of them, and two nodes of Roster. Afterwards each copy of the database must have every
acknowledged change exactly once. It needs Linux with Patroni, etcd, HAProxy and PostgreSQL, which it starts
in a temporary folder, on 127.0.0.1 and, if you are root, as the user nobody. The scenarios:

${names.map((name) => `  ${name.padEnd(longest)}  ${scenarios[name].what}`).join("\n")}`;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;

const columns = ["again after", "silence", "acknowledged", "replayed", "503", "lost", "problems"] as const;
const row = (first: string, cells: readonly (string | number)[]): string =>
  [
    first.padEnd(longest),
    ...cells.map((cell, i) => String(cell).padStart((columns[i] as string).length)),
  ].join("  ");

async function main(): Promise<void> {
  const { scenario, minutes, keep, ...options } = readOptions("test:failover", about, {
    scenario: { texts: names, what: "those to try" },
    minutes: { number: 45, what: "no further scenario begins after this time; each takes one to four" },
    writers: { number: 6, least: 1, what: "how many clients change records" },
    seed: { number: newSeed(), what: "chooses what they do" },
    keep: { oneOf: ["no", "yes"], what: "whether the logs and databases are kept in any case" },
  });
  const chosen = scenario.map((name) => {
    if (!Object.hasOwn(scenarios, name)) throw new Error(`there is no scenario ${name}; see --help`);
    return name as ScenarioName;
  });
  const programs = findPrograms();
  // All that it started ends with this process.
  process.once("exit", killChildren);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => process.exit(1));

  const { writers, seed } = options;
  say(`seed ${seed}, ${writers} writers; times are from the fault until both nodes acknowledge again`);
  say(row("scenario", columns));
  const end = performance.now() + minutes * 60_000;
  for (const name of chosen) {
    if (performance.now() > end) {
      say(`${name}: not begun, because the time is over`);
      process.exitCode = 1;
      continue;
    }
    const one: Scenario = scenarios[name];
    const found = await tryScenario(one, programs, { ...options, keep: keep === "yes" });
    const { over, silence, acknowledged, replayed, unavailable, lost, problems } = found;
    const times = [seconds(over), seconds(silence)];
    say(row(name, [...times, acknowledged, replayed, unavailable, lost, problems.length]));
    for (const problem of problems.slice(0, 20)) say(`    ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  // A missing program, a wrong scenario or a cluster that does not start is reported in one line.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
