import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../outside/project.ts";

const folder = join(root, "examples");

/** The names of the examples. */
export const examples = async (): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory()).map(({ name }) => name);

/** Copies an example, as someone gets it, to an empty folder. */
export const copyExample = (name: string, to: string): Promise<void> =>
  cp(join(folder, name), to, {
    recursive: true,
    filter: (path) => !/node_modules|[\\/](\.data|\.next|dist|package-lock\.json)$/.test(path),
  });
