import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../../../../apps/console/build/make.js", import.meta.url));

it("an installation succeeds in a folder in which the tools of the console do not work", async () => {
  const folder = mkdtempSync(join(tmpdir(), "c#d-"));
  try {
    const copy = join(folder, "apps/console/build/make.js");
    cpSync(program, copy);
    const { stdout } = await promisify(execFile)(process.execPath, [copy]);
    expect(stdout).toMatch(/^The console is not built: .+ # .+\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
