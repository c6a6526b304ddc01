import { run } from "./bundle/run.js";

/** Starts the server. Not TypeScript, so that Node need not load its type stripper. */
const [given] = process.argv.slice(2);
if (given === undefined) {
  await run("server");
} else {
  // Such as --port, with which the server would start at another port than meant.
  process.stderr.write(
    `roster: npm start takes no arguments such as ${given}: environment variables such as PORT are its settings (docs/operations.md)\n`,
  );
  process.exitCode = 1;
}
