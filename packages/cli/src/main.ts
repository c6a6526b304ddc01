import { fstatSync } from "node:fs";
import { exits } from "./exits.ts";
import { fileOutput } from "./file-output.ts";
import { run } from "./program.ts";

const abort = new AbortController();
// The first Ctrl-C lets a request in flight end, so that it is known what was done; the second does not wait.
process.on("SIGINT", () => {
  if (abort.signal.aborted) process.exit(exits.interrupted);
  abort.abort();
});
process.on("SIGTERM", () => abort.abort());
// Somebody has read enough, as in `roster … | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exits.done);
  process.stderr.write(`roster: standard output cannot be written: ${error.message}\n`);
  process.exit(exits.failed);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: fstatSync(1).isFile() ? fileOutput(1) : process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
});
