import { exits } from "./exits.ts";
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
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
});
