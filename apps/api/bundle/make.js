import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundled, fileOf } from "./packages.js";

/** Writes the bundles that the server imports. `npm ci` and `npm install` run this. */
await Promise.all(
  bundled.map(async (name) => {
    // All names in full, because `export *` finds none in a CommonJS module and leaves out the default.
    const names = Object.keys(await import(name)).filter((one) => /^[\w$]+$/.test(one));
    await build({
      stdin: {
        contents: `export { ${names.join(", ")} } from ${JSON.stringify(name)};`,
        resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      },
      outfile: fileURLToPath(fileOf(name)),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node24",
      logLevel: "warning",
    });
  }),
);
