import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** The files and folders from which the packages are made. */
const parts = [
  "CHANGELOG.md",
  "LICENSE",
  "package.json",
  "tsconfig.base.json",
  "packages",
  "apps/api",
  "apps/console/package.json",
  "apps/console/dist",
];
/** Folders that installations and builds leave, from which no package is made. */
const leftOut = new Set(["node_modules", ".turbo", ".cache"]);

/**
 * Copies the files from which the packages are made. Packing writes into the folders of the packages, which
 * other tests build and read at the same time.
 *
 * @param root the folder of the repository, which must be built
 */
export async function copyOfCheckout(root: string): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "roster-checkout-"));
  const filter = (path: string) => !leftOut.has(basename(path));
  // The compiler takes what has not changed since it was built.
  for (const part of parts)
    await cp(join(root, part), join(folder, part), { recursive: true, preserveTimestamps: true, filter });
  const [from, to] = [join(root, "node_modules"), join(folder, "node_modules")];
  await mkdir(join(to, "@roster"), { recursive: true });
  for (const name of await readdir(from))
    if (name !== "@roster" && name !== ".cache") await symlink(join(from, name), join(to, name));
  for (const workspace of [
    "apps/api",
    "apps/console",
    ...(await readdir(join(root, "packages"))).map((name) => `packages/${name}`),
  ])
    await symlink(join(folder, workspace), join(to, "@roster", basename(workspace)));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
