import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { build } from "esbuild";

/** A real browser, where one is installed. */
export const browser = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** Opens a page in a browser. @returns a function that closes it and removes the browser's files */
export async function openPage(program: string, url: string): Promise<() => Promise<void>> {
  const profile = await mkdtemp(join(tmpdir(), "roster-browser-"));
  const child = spawn(
    program,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      `--user-data-dir=${profile}`,
      url,
    ],
    { stdio: "ignore" },
  );
  const gone = new Promise((resolve) => child.once("close", resolve));
  return async () => {
    child.kill("SIGKILL");
    await gone;
    // The browser's child processes may still write to the folder for a moment.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
}

/** Bundles a script of a page with everything it imports. */
export async function bundle(script: string, resolveDir: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir },
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["@roster/source"],
    write: false,
  });
  return outputFiles[0]?.contents as Uint8Array;
}

/** The page that runs the script at `/page.js`. */
export const pageOfScript = '<!doctype html><script type="module" src="/page.js"></script>';
