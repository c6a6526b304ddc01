import { fileURLToPath } from "node:url";

/**
 * What every bundle of the server has in common.
 * @type {import("esbuild").BuildOptions}
 */
export const bundleOptions = {
  bundle: true,
  // Modules that the sources load on demand get files of their own.
  splitting: true,
  format: "esm",
  platform: "node",
  conditions: ["@roster/source"],
  alias: { "node:http": fileURLToPath(new URL("./node-http.js", import.meta.url)) },
  // For packages that are CommonJS.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  sourcemap: true,
  sourcesContent: false,
};

/** The threads of the server, which it starts by their files. */
export const threads = Object.fromEntries(
  ["writer-thread", "report-thread"].map((name) => [
    name,
    fileURLToPath(new URL(`../src/store/sqlite/${name}.ts`, import.meta.url)),
  ]),
);
