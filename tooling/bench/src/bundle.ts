import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bundles the client as for a web page: minified, with its dependencies. */
export async function bundleClient(): Promise<{ plain: number; gzip: number }> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { createClient, faults, isConflict, isStale, rosterError } from "@roster/client";',
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["@roster/source"],
    write: false,
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (!output) throw new Error("the client's bundle is missing");
  return { plain: output.contents.length, gzip: gzipSync(output.contents, { level: 9 }).length };
}
