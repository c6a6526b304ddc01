import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import type { TestProject } from "vitest/node";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const api = join(root, "apps/api");
/** Always the same files, so that Node's compile cache knows them in the next run. */
const folder = join(root, "node_modules/.cache/roster-bundle");

/**
 * Runs before all tests: bundles the server and the operator's commands, which tests start several hundred
 * times. A bundle starts with half the CPU time, most of which Node spends on finding a thousand modules.
 * `npm start`, the demo and the benchmark, which have tests of their own, run the sources.
 */
export default async function setup(project: TestProject): Promise<void> {
  project.onTestsRerun(bundle);
  // The run around this one, or another project of it, has made the bundle.
  if (process.env["TEST_SERVER_BUNDLE"] !== undefined) return;
  await bundle();
  process.env["TEST_SERVER_BUNDLE"] = folder;
}

async function bundle(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: { start: join(api, "start.js"), operations: join(api, "src/operations/main.ts") },
    bundle: true,
    // What the sources load only when they need it is in files of its own.
    splitting: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node24",
    conditions: ["@roster/source"],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    // These look for files beside their own.
    external: ["@mikro-orm/*", "better-sqlite3"],
    alias: { "node:http": join(api, "bundle/node-http.js") },
    // For packages that are CommonJS.
    banner: {
      js: `import { createRequire as here } from "node:module"; const require = here(import.meta.url);`,
    },
    plugins: [ownPlaces],
  });
  await mkdir(folder, { recursive: true });
  const old = new Set((await readdir(folder)).filter((name) => name.endsWith(".mjs")));
  for (const { path, text } of outputFiles) {
    old.delete(basename(path));
    if ((await readFile(path, "utf8").catch(() => undefined)) === text) continue;
    // Another run may be starting a server from the previous file.
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, text);
    await rename(draft, path);
  }
  for (const name of old) await rm(join(folder, name), { force: true });
}

/** A source finds threads and other files beside itself, wherever the bundle lies. */
const ownPlaces: Plugin = {
  name: "own-places",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]apps[\\/]api[\\/].*\.[jt]s$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: "ts",
    })),
};
