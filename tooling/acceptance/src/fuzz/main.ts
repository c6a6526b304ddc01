import { newSeed, readOptions } from "@roster/api/testing/options";
import { fuzz, growth } from "./fuzz.ts";

const { requests, seed, concurrency, only, patience } = readOptions(
  "test:fuzz",
  "Sends hostile requests to a server of its own, and looks at every answer and at the server afterwards.",
  {
    requests: { number: 10_000, what: "how many requests are sent" },
    seed: { number: newSeed(), what: "chooses the requests" },
    concurrency: { number: 8, least: 1, what: "how many are under way at a time" },
    only: { number: undefined, what: "sends only the request with this index of the same seed" },
    patience: { number: 10_000, what: "how long an answer may take, in milliseconds" },
  },
);
const say = (text: string) => process.stdout.write(`${text}\n`);

say(`seed ${seed}`);
let told = 0;
const report = await fuzz({
  requests,
  seed,
  concurrency,
  only,
  patience,
  progress(sent) {
    if (sent - told < 1_000) return;
    told = sent;
    say(`${sent} sent`);
  },
});

for (const { index, faults, sent, received } of report.findings) {
  say(`\n${index}: ${faults.join("; ")}`);
  say(`    ${sent}\n  answered by\n    ${received}`);
  say(
    `  again: npm run test:fuzz -- --seed ${seed} --only ${index}, or, where it takes those before it, --requests ${index + 1}`,
  );
}
for (const problem of report.problems) say(`\nafterwards: ${problem}`);

say(
  `\n${report.sent} requests in ${report.seconds.toFixed(1)} s; the slowest, ${report.slowest.index} to ${report.slowest.route}, took ${Math.round(report.slowest.milliseconds)} ms`,
);
for (const [kind, statuses] of [...report.outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const all = [...statuses]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, count]) => `${status}: ${count}`);
  say(`  ${kind.padEnd(7)} ${all.join("  ")}`);
}
const few = [...report.routes].toSorted(([, a], [, b]) => a - b)[0];
say(`  ${report.routes.size} routes; the fewest requests, ${few?.[1]}, went to ${few?.[0]}`);
say(
  `  memory in MiB: ${report.memory.filter((_sample, i) => i % Math.ceil(report.memory.length / 20) === 0).join(" ")}; growth once warm ${growth(report.memory)}`,
);
say(`  ${report.findings.length} findings, ${report.problems.length} problems afterwards`);
if (report.findings.length + report.problems.length > 0) process.exitCode = 1;
