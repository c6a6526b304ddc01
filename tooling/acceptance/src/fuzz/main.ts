import { parseArgs } from "node:util";
import { fuzz, growth } from "./fuzz.ts";

/**
 * Sends hostile requests to a server of its own:
 *
 *     npm run test:fuzz -- --requests 10000 --seed 7 --concurrency 8
 *
 * With `--only N` it sends only the request with that index of the same seed.
 */
const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "10000" },
    seed: { type: "string" },
    concurrency: { type: "string", default: "8" },
    only: { type: "string" },
    patience: { type: "string", default: "10000" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const requests = Number(values.requests);
const say = (text: string) => process.stdout.write(`${text}\n`);

say(`seed ${seed}`);
let told = 0;
const report = await fuzz({
  requests,
  seed,
  concurrency: Number(values.concurrency),
  only: values.only === undefined ? undefined : Number(values.only),
  patience: Number(values.patience),
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
