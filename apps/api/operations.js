import { run } from "./bundle/run.js";

/** Runs one of the operator's commands. Not TypeScript, so that Node need not load its type stripper. */
await run("operations");
