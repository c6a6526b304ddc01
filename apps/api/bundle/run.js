import { readFileSync, statSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const folder = join(root, "apps/api/.bundle");
/** The file that lists the sources of the bundle, with the stamp of each, and its modules, with their sizes. */
export const manifest = join(folder, "manifest.json");

/** The programs in the bundle, and their sources. */
export const programs = { server: "src/main.ts", operations: "src/operations/main.ts" };

/**
 * The modification time and the size of a file, by which a change of it is recognised.
 * @param path relative to the checkout
 * @throws Error if there is no such file
 */
export function stamp(path) {
  const { mtimeMs, size } = statSync(join(root, path));
  return `${mtimeMs} ${size}`;
}

/**
 * Whether the bundle was made here, from the sources and packages as they are now, and is still whole: part of it
 * can be lost in a crash of the machine or by a tool that cleans up.
 */
export function isReady() {
  try {
    const made = JSON.parse(readFileSync(manifest, "utf8"));
    return (
      made.root === root &&
      Object.entries(made.stamps).every(([path, was]) => stamp(path) === was) &&
      Object.entries(made.sizes).every(([name, was]) => statSync(join(folder, name)).size === was)
    );
  } catch {
    return false;
  }
}

/**
 * Imports a program from the bundle, which starts in half the time of the sources: Node spends most of a start
 * on finding a thousand modules. A bundle that is out of date is made again first.
 *
 * Node's compile cache is kept between starts. It lies beside the packages, so that only those who can change
 * them can change it, and its path is in the environment, so that threads find it.
 * @param program a key of {@link programs}
 */
export async function run(program) {
  process.env["NODE_COMPILE_CACHE"] ||= join(root, "node_modules/.cache/roster");
  enableCompileCache(process.env["NODE_COMPILE_CACHE"]);
  let module = join(folder, `${program}.js`);
  if (!isReady()) {
    const { makeBundle } = await import("./make.js");
    await makeBundle().catch(() => {
      // Where the bundle cannot be written, or a source has a fault that Node will name.
      module = fileURLToPath(new URL(`../${programs[program]}`, import.meta.url));
    });
  }
  await import(pathToFileURL(module).href);
  flushCompileCache();
}
