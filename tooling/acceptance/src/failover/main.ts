import { parseArgs } from "node:util";
import { killChildren } from "./processes.ts";
import { findPrograms } from "./programs.ts";
import { scenarios, type Scenario, type ScenarioName } from "./scenarios.ts";
import { tryScenario } from "./trial.ts";

const names = Object.keys(scenarios) as ScenarioName[];
const longest = Math.max(...names.map((name) => name.length));

const help = `Changes the primary in every way while clients change records: three PostgreSQL under Patroni with etcd,
HAProxy in front of them, and two nodes of Roster. Afterwards each copy of the database must have every
acknowledged change exactly once.

    npm run test:failover
    npm run test:failover -- --scenario switchover --scenario killed

  --scenario  one of those below, any number of times (all)
  --minutes   no further scenario begins after this time (30); each takes one to three minutes
  --writers   how many clients change records (6)
  --seed      chooses what they do
  --keep      keeps the folder of each scenario, with the logs of all programs
  --help

It needs Linux with Patroni, etcd, HAProxy and PostgreSQL, which it starts in a temporary folder, on 127.0.0.1
and, if you are root, as the user nobody. Exits with 1 if anything is wrong.

${names.map((name) => `  ${name.padEnd(longest)}  ${scenarios[name].what}`).join("\n")}
`;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", multiple: true, default: names },
      minutes: { type: "string", default: "30" },
      writers: { type: "string", default: "6" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(help);
    return;
  }
  const chosen = values.scenario.map((name) => {
    if (!Object.hasOwn(scenarios, name)) throw new Error(`there is no scenario ${name}; see --help`);
    return name as ScenarioName;
  });
  const programs = findPrograms();
  // All that it started ends with this process.
  process.once("exit", killChildren);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => process.exit(1));

  const options = { writers: Number(values.writers), seed: Number(values.seed), keep: values.keep };
  say(
    `seed ${options.seed}, ${options.writers} writers; times are from the fault until both nodes acknowledge`,
  );
  const end = performance.now() + Number(values.minutes) * 60_000;
  const columns = ["again after", "silence", "acknowledged", "replayed", "503", "lost", "problems"];
  say(["scenario".padEnd(longest), ...columns].join("  "));
  for (const name of chosen) {
    if (performance.now() > end) {
      say(`${name}: not begun, because the time is over`);
      process.exitCode = 1;
      continue;
    }
    const scenario: Scenario = scenarios[name];
    const { over, silence, acknowledged, replayed, unavailable, lost, problems } = await tryScenario(
      scenario,
      programs,
      options,
    );
    const figures = [
      seconds(over),
      seconds(silence),
      acknowledged,
      replayed,
      unavailable,
      lost,
      problems.length,
    ];
    say(
      [
        name.padEnd(longest),
        ...figures.map((figure, i) => String(figure).padStart((columns[i] as string).length)),
      ].join("  "),
    );
    for (const problem of problems.slice(0, 20)) say(`    ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  // A missing program, a wrong option or a cluster that does not start is told in one line.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
