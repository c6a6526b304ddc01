#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

// A SIGTERM to npx ends the shell that runs this program, and many shells do not forward the signal: without
// this, tail would go on for ever.
if (process.env.npm_lifecycle_event === "npx") {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 250).unref();
}

// An installed package is compiled. In a checkout of the repository the sources run, so that nothing need be
// built; that takes a Node that strips types, as the one that `npm ci` installs and `npx` uses.
const installed = import.meta.url.includes("/node_modules/");
if (!installed && process.features.typescript && module.registerHooks) {
  module.enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/roster", import.meta.url)));
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ["@roster/source", ...context.conditions] }),
  });
  await import("../src/main.ts");
} else {
  await import("../dist/main.js");
}
