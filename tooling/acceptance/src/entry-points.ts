import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bundle = process.env["TEST_SERVER_BUNDLE"];
const source = (path: string): string => fileURLToPath(new URL(`../../../apps/api/${path}`, import.meta.url));

/** The server and the operator's commands: under Vitest the bundle of `bundle-setup.ts`, else the sources. */
export const entryPoints =
  bundle === undefined
    ? { server: source("start.js"), operations: source("src/operations/main.ts") }
    : { server: join(bundle, "start.mjs"), operations: join(bundle, "operations.mjs") };
