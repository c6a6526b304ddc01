import { fileURLToPath } from "node:url";

const program = (name: string): string =>
  fileURLToPath(new URL(`../../../apps/api/${name}`, import.meta.url));

/** The programs that `npm start` and `npm run db:…` run. */
export const entryPoints = { server: program("start.js"), operations: program("operations.js") };
