#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

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
