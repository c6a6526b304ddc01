import { readFile } from "node:fs/promises";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** Checks of packed packages by tools. */

/** @returns the findings of publint in a tarball, one line each */
export async function lint(tarball: string): Promise<string[]> {
  const { buffer } = new Uint8Array(await readFile(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: buffer } });
  return messages.map((message) => formatMessage(message, pkg) ?? message.code);
}

/** Resolutions that find no package of ES modules alone: of TypeScript 4, and of `require`. */
const older = new Set(["node10", "node16-cjs"]);

/** @returns what is wrong with the types of a tarball, for programs of ES modules */
export async function wrongTypes(tarball: string): Promise<string[]> {
  const found = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
  if (!found.types) return ["it has no types"];
  return found.problems
    .filter((problem) => !("resolutionKind" in problem && older.has(problem.resolutionKind)))
    .map((problem) => JSON.stringify(problem));
}
