import {
  access,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundleOptions, threads } from "./options.js";
import { folder, isReady, manifest, programs, root, stamp } from "./run.js";

/** How long files of earlier bundles are kept for the servers that run them, in milliseconds. */
const keeping = 7 * 24 * 60 * 60 * 1_000;

const own = await readdir(new URL(".", import.meta.url));

/** The threads of these lie in the bundle; whatever else sources find beside themselves stays where it is. */
const besideThreads = dirname(threads["writer-thread"]);

/** @param {Record<string, string>} stamps receives the stamp of each source, taken before it is read */
const sources = (stamps) => ({
  name: "sources",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const file = relative(root, path);
      stamps[file] = stamp(file);
      const place =
        dirname(path) === besideThreads
          ? `new URL("./${basename(path, ".ts")}.js", import.meta.url).href`
          : JSON.stringify(pathToFileURL(path).href);
      const contents = (await readFile(path, "utf8")).replaceAll("import.meta.url", place);
      return { contents, loader: "ts" };
    }),
});

/**
 * Bundles the server and the operator's commands.
 * @throws Error if a source has a fault, or the bundle cannot be written
 */
export async function makeBundle() {
  // First, so that a start in a checkout that it cannot write does not bundle in vain.
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  // npm writes its list of installed packages with each installation.
  const files = ["node_modules/.package-lock.json", ...own.map((name) => `apps/api/bundle/${name}`)];
  const stamps = Object.fromEntries(files.map((file) => [file, stamp(file)]));
  const { outputFiles } = await build({
    ...bundleOptions,
    absWorkingDir: root,
    entryPoints: {
      ...Object.fromEntries(
        Object.entries(programs).map(([name, source]) => [name, join(root, "apps/api", source)]),
      ),
      ...threads,
    },
    target: "node24",
    // These look for files beside their own.
    external: ["@mikro-orm/*", "better-sqlite3"],
    outdir: folder,
    write: false,
    logLevel: "silent",
    plugins: [...bundleOptions.plugins, sources(stamps)],
  });
  for (const { path, text } of outputFiles) await replace(path, text);

  // Last, so that an interrupted bundle is never taken for a whole one.
  const modules = outputFiles.filter(({ path }) => path.endsWith(".js"));
  const sizes = Object.fromEntries(
    modules.map(({ path, contents }) => [relative(folder, path), contents.length]),
  );
  await replace(manifest, JSON.stringify({ root, stamps, sizes }));
  await removeOld(new Set([...outputFiles.map(({ path }) => path), manifest]));
}

/** Replaces a file at once: another server may be starting from it. A file that stays counts as new, too. */
async function replace(path, text) {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text)
    return utimes(path, new Date(), new Date());
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}

async function removeOld(current) {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (current.has(path)) continue;
    // A draft of another process has its name for a moment only.
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > keeping) await rm(path, { force: true });
  }
}

if (import.meta.main && !isReady()) await makeBundle();
