import { existsSync, readFileSync } from "node:fs";
import module from "node:module";

/**
 * Packages of many small files, by the names under which they are imported. Loading a module costs about as
 * much as its size, so the server imports each of them as one file, which `make.js` writes.
 */
export const bundled = ["ajv/dist/2020.js", "kysely", "libphonenumber-js/max", "uuid", "zod"];

const modules = new URL("../../../node_modules/", import.meta.url);

/** The file of a bundle. It names the installed version, so that no bundle outlives its package. */
export function fileOf(name) {
  const [installed] = name.split("/");
  const { version } = JSON.parse(readFileSync(new URL(`${installed}/package.json`, modules), "utf8"));
  return new URL(`.cache/roster-bundles/${name.replaceAll("/", "+")}@${version}.js`, modules);
}

/** The file to import instead of `node:http`. */
export const nodeHttp = new URL("./node-http.js", import.meta.url);

/** From here on, imports of these packages get their bundles, as far as there are any. */
export function importBundles() {
  const files = new Map([
    ...bundled.map((name) => [name, fileOf(name)]).filter(([, file]) => existsSync(file)),
    ["node:http", nodeHttp],
  ]);
  module.registerHooks({
    resolve(specifier, context, next) {
      const file = files.get(specifier);
      return file && context.parentURL !== file.href
        ? { url: file.href, format: "module", shortCircuit: true }
        : next(specifier, context);
    },
  });
}
