import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Runs a module beside `bundle/packages.js` as a program, and returns what it prints as JSON. */
async function run(code: string): Promise<unknown> {
  const cwd = new URL("../bundle/", import.meta.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { bundled, fileOf, importBundles } from "./packages.js"; ${code}`,
    ],
    { cwd },
  );
  return JSON.parse(stdout);
}

it("every bundled package exports the same from its bundle as from its own files", async () => {
  const compared = (await run(`
    const exports = async (name) => Object.keys(await import(name)).filter((key) => key !== "module.exports");
    const of = async (name) => ({ name, own: await exports(name), bundle: await exports(fileOf(name)) });
    console.log(JSON.stringify(await Promise.all(bundled.map(of))));
  `)) as { name: string; own: string[]; bundle: string[] }[];
  expect(compared.map(({ name }) => name)).toContain("kysely");
  for (const { name, own, bundle } of compared) expect(bundle, name).toEqual(own);
});

it("the server imports bundles, and a package without one from its own files", async () => {
  const [bundle, own] = (await run(`
    importBundles();
    console.log(JSON.stringify(["kysely", "hono"].map((name) => import.meta.resolve(name))));
  `)) as [string, string];
  expect(bundle).toMatch(/roster-bundles\/kysely@[\d.]+\.js$/);
  expect(own).toMatch(/node_modules\/hono\//);
});

it("an import of node:http gets everything that Node has ready, and loads no undici", async () => {
  const { missing, loaded } = (await run(`
    importBundles();
    const given = await import("node:http");
    const loaded = process.moduleLoadList.filter((name) => name.includes("undici"));
    const own = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule("node:http")));
    const missing = own.filter(([name, { value }]) => value !== undefined && given[name] !== value);
    console.log(JSON.stringify({ missing: missing.map(([name]) => name), loaded }));
  `)) as { missing: string[]; loaded: string[] };
  expect(missing).toEqual(["_connectionListener"]);
  expect(loaded).toEqual([]);
});
