import { execFile } from "node:child_process";
import { entryPoints } from "../entry-points.ts";

/** Runs an operator's command, as `npm run db:…` does. */
export async function operate(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ exit: number; printed: string; complained: string }> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--conditions=@roster/source", entryPoints.operations, ...args],
      { env: { PATH, NODE_COMPILE_CACHE, ...env } },
      (_, printed, complained) => resolve({ exit: child.exitCode ?? -1, printed, complained }),
    );
  });
}
