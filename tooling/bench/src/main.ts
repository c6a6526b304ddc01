import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { doubts } from "./machine.ts";
import { readOptions, usage, type Options } from "./options.ts";
import { fillIn } from "./output/markdown.ts";
import { plot } from "./output/plot.ts";
import { Progress } from "./output/progress.ts";
import { showOnTerminal } from "./output/terminal.ts";
import { run } from "./run.ts";

/** Measures Roster beside comparable programs; see docs/performance.md. */

function fail(error: unknown): never {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

// Started programs end with this one; see child.ts.
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.on(signal, () => process.exit(128 + number));
}

async function bench(options: Options): Promise<void> {
  if (options.help) return void process.stdout.write(usage);
  // Fails before the long work if the results cannot be written.
  const document = options.markdown === undefined ? undefined : readFileSync(options.markdown, "utf8");
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), "roster-bench-"));
  // A PostgreSQL started by root runs as another user, which must be able to enter the folder.
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const progress = new Progress();
  const results = await run(options, folder, progress);
  progress.clear();

  showOnTerminal(results);
  if (!options.quick) {
    for (const doubt of doubts(results.machine, folder)) process.stdout.write(`Mind: ${doubt}.\n`);
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.plot !== undefined) writeFileSync(options.plot, plot(results));
  if (options.markdown !== undefined && document !== undefined) {
    const picture = options.plot && relative(dirname(options.markdown), options.plot).replaceAll("\\", "/");
    writeFileSync(options.markdown, fillIn(document, results, picture));
  }
  // Wrong answers fail the run; slowness does not.
  for (const failure of results.checks.failures) process.stderr.write(`bench: ${failure}\n`);
  if (results.checks.failures.length > 0) process.exitCode = 1;
}

try {
  await bench(readOptions(process.argv.slice(2)));
} catch (error) {
  fail(error);
}
