import { run } from "./bundle/run.js";

/** Starts the server. Not TypeScript, so that Node need not load its type stripper. */
const [given] = process.argv.slice(2);
if (given === undefined) {
  if (process.env["npm_lifecycle_event"] === "start") stopWithoutParent();
  await run("server");
} else {
  // Such as --port, with which the server would start at another port than meant.
  process.stderr.write(
    `roster: npm start takes no arguments such as ${given}: environment variables such as PORT are its settings (docs/operations.md)\n`,
  );
  process.exitCode = 1;
}

/**
 * Stops the server when its parent process ends. A SIGTERM to `npm start` ends the shell that runs this program,
 * and many shells do not forward the signal. The watch begins before the server is loaded, which can take seconds
 * where the bundle is made first: a parent that has ended by then would never be seen to end.
 */
function stopWithoutParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 250).unref();
}
