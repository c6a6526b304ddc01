import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Builds the console after an installation. `npm ci` and `npm install` run this, so that a server has its
 * pages at once. An installation without development dependencies has no tools to build with; its pages come
 * from elsewhere, or are missing.
 */
const root = fileURLToPath(new URL("..", import.meta.url));

let isInstalled = true;
try {
  createRequire(import.meta.url).resolve("@tailwindcss/vite");
} catch {
  isInstalled = false;
}

if (/[#?]/.test(root)) {
  // Vite takes these for parts of an address. The server does without its pages, so the installation need not fail.
  console.log(
    "The console is not built: its tools do not work in a folder whose path has a # or ?; move this one and run npm run build.",
  );
} else if (isInstalled) {
  const { build } = await import("vite");
  await build({ root, logLevel: "warn" });
} else if (!existsSync(`${root}dist/index.html`)) {
  console.log("The console is not built: its tools are development dependencies.");
}
