import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../../apps/api/src/operations/main.ts", import.meta.url));

/** Runs an operator's command, as `npm run db:…` does. */
export async function operate(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ exit: number; printed: string; complained: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--conditions=@roster/source", main, ...args],
      { env: { PATH: process.env["PATH"], ...env } },
      (_, printed, complained) => resolve({ exit: child.exitCode ?? -1, printed, complained }),
    );
  });
}
