#!/usr/bin/env node
// An old Node must be able to read this file, so that it can say what is missing.
import module from "node:module";
import { fileURLToPath } from "node:url";

const [major] = process.versions.node.split(".");
if (Number(major) < 22) {
  process.stderr.write(`roster-server needs Node 22 or later; this is Node ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  // A SIGTERM to npx ends the shell that runs this program, and many shells do not forward the signal. The watch
  // begins before the server is loaded: a parent that has ended by then would never be seen to end.
  if (process.env.npm_lifecycle_event === "npx" && process.argv.length === 2) {
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      process.kill(process.pid, "SIGTERM");
    }, 250).unref();
  }
  // The cache lies in the package, so that only those who can change the package can change it. Threads find
  // it by the variable. A package that cannot be written has none.
  process.env.NODE_COMPILE_CACHE ||= fileURLToPath(new URL("../.cache", import.meta.url));
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import("../dist/main.js");
}
