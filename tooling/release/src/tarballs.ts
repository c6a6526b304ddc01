import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Makes the tarballs of a release. */

const run = promisify(execFile);
/** The scope in this repository. */
const scope = "@roster";
/** Dependencies come before what depends on them. */
const packages = ["domain", "client", "server", "cli"] as const;

export interface TarballOptions {
  /** The folder for the tarballs, which is emptied. */
  to: string;
  /** The npm scope under which the packages are named, such as `@acme`. */
  scope?: string | undefined;
  /** The address of the repository, for the packages' `repository`. */
  repository?: string | undefined;
  /**
   * The address of a folder, where the tarballs will lie: each package then names its siblings there, so that
   * one address is enough to install it, and none of them is looked for in a registry.
   */
  at?: string | undefined;
}

/**
 * Packs all packages, each built by its own `prepack`, and writes `SHA256SUMS` beside them.
 * @param root the folder of the repository
 * @returns the names of the files
 */
export async function makeTarballs(root: string, options: TarballOptions): Promise<string[]> {
  await rm(options.to, { recursive: true, force: true });
  await mkdir(options.to, { recursive: true });
  const draft = await mkdtemp(join(tmpdir(), "roster-release-"));
  try {
    const names: string[] = [];
    for (const name of packages) {
      const tarball = await pack(join(root, "packages", name), draft);
      const unpacked = join(draft, name);
      await mkdir(unpacked);
      await run("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1"]);
      await adapt(unpacked, name, options);
      names.push(basename(await pack(unpacked, options.to, "--ignore-scripts")));
    }
    const sums = names.map(async (name) => {
      const sum = createHash("sha256").update(await readFile(join(options.to, name)));
      return `${sum.digest("hex")}  ${name}\n`;
    });
    await writeFile(join(options.to, "SHA256SUMS"), (await Promise.all(sums)).join(""));
    return names;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** @returns the path of the tarball */
async function pack(folder: string, to: string, ...flags: string[]): Promise<string> {
  const args = ["pack", "--silent", ...flags, "--pack-destination", to];
  const { stdout } = await run("npm", args, { cwd: folder });
  return join(to, stdout.trim().split("\n").at(-1) as string);
}

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: unknown;
  scripts?: unknown;
  repository?: object;
  exports?: Record<string, string | Record<string, string>>;
  [key: string]: unknown;
}

/** Gives a package its name, its repository and the places of its siblings. */
async function adapt(folder: string, name: string, options: TarballOptions): Promise<void> {
  const named = options.scope ?? scope;
  if (named !== scope) await rename(folder, named);
  const file = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8")) as Manifest;
  // Fields that are of use only in this repository.
  delete manifest.devDependencies;
  delete manifest.scripts;
  // A condition for programs that run the sources, as those of this repository do.
  for (const entry of Object.values(manifest.exports ?? {}))
    if (typeof entry === "object") delete entry["@roster/source"];
  if (options.repository !== undefined)
    manifest.repository = { type: "git", url: options.repository, directory: `packages/${name}` };
  if (options.at !== undefined) {
    for (const sibling of Object.keys(manifest.dependencies ?? {}).filter((one) =>
      one.startsWith(`${named}/`),
    )) {
      const tarball = `${sibling.slice(1).replace("/", "-")}-${manifest.version}.tgz`;
      (manifest.dependencies as Record<string, string>)[sibling] =
        `${options.at.replace(/\/+$/, "")}/${tarball}`;
    }
  }
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Names the packages of another scope in all files: code, types, sources and texts. */
async function rename(folder: string, to: string): Promise<void> {
  const ours = new RegExp(`${scope}/(?=(?:${packages.join("|")})\\b)`, "g");
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(db|woff2?|png|ico)$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, "utf8");
    const renamed = text.replaceAll(ours, `${to}/`);
    if (renamed !== text) await writeFile(file, renamed);
  }
}
