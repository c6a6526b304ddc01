import { execFile } from "node:child_process";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type BuildOptions } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

it("an import of node:http gets everything that Node has ready, and loads no undici", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "--eval",
    `
      const given = await import("${new URL("../bundle/node-http.js", import.meta.url).href}");
      const loaded = process.moduleLoadList.filter((name) => name.includes("undici"));
      const own = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule("node:http")));
      const missing = own.filter(([name, { value }]) => value !== undefined && given[name] !== value);
      console.log(JSON.stringify({ missing: missing.map(([name]) => name), loaded }));
    `,
  ]);
  expect(JSON.parse(stdout)).toEqual({ missing: ["_connectionListener"], loaded: [] });
});

it("tRPC gets the spread of the language instead of the one that it is compiled with", async () => {
  const options = (await import(new URL("../bundle/options.js", import.meta.url).href)) as {
    bundleOptions: BuildOptions;
  };
  const { outputFiles } = await build({
    ...options.bundleOptions,
    stdin: { contents: 'export { initTRPC } from "@trpc/server";', resolveDir: root },
    outdir: join(root, "unused"),
    write: false,
  });
  const text = outputFiles.map((file) => file.text).join("\n");
  const [spread = "", ...others] = text.match(/function _objectSpread2\(.*?\n\}/gs) ?? [];
  expect(others).toEqual([]);
  const { default: copied } = (await import(
    `data:text/javascript,export default ${encodeURIComponent(spread)}`
  )) as { default: (...parts: unknown[]) => object };
  const odd = JSON.parse('{"__proto__":{"x":1},"a":1}') as object;
  expect(JSON.stringify(copied({ a: 0 }, odd, { b: 2 }))).toBe('{"a":1,"__proto__":{"x":1},"b":2}');
  expect(copied({ a: 1 }, null)).toEqual({ a: 1 });
  expect(spread).not.toContain("defineProperty");
});

describe("a program in a copy of the checkout", () => {
  let copy: string;
  const inCopy = (path: string) => join(copy, path);
  const source = "apps/api/src/operations/main.ts";
  const made = "apps/api/.bundle/operations.js";

  /** The first line that the operator's commands print. */
  async function firstLine(): Promise<string | undefined> {
    const words = ["--conditions=@roster/source", inCopy("apps/api/operations.js"), "status", "--help"];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    return stdout.split("\n")[0];
  }
  /** Changes what the source prints first, and returns that. */
  async function changeSource(): Promise<string> {
    const line = `printed by version ${Math.random()}`;
    const text = await readFile(inCopy(source), "utf8");
    await writeFile(inCopy(source), `process.stdout.write("${line}\\n");\n${text}`);
    return line;
  }

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "roster-bundle-"));
    for (const path of ["packages/domain", "apps/api"])
      await cp(join(root, path), inCopy(path), {
        recursive: true,
        filter: (path) => !/\/(node_modules|dist)$/.test(path),
      });
    await mkdir(inCopy("node_modules/@roster"), { recursive: true });
    for (const name of await readdir(join(root, "node_modules")))
      if (name !== "@roster") await symlink(join(root, "node_modules", name), inCopy(`node_modules/${name}`));
    await symlink("../../packages/domain", inCopy("node_modules/@roster/domain"));
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it("runs from a bundle made there, not from the copied bundle", async () => {
    await mkdir(inCopy("apps/api/.bundle"), { recursive: true });
    await writeFile(inCopy(made), 'console.log("copied");');
    expect(await firstLine()).toContain("db:status");
  });

  it("runs from the bundle that is ready", async () => {
    const { size } = await stat(inCopy(made));
    await writeFile(inCopy(made), 'console.log("ready");'.padEnd(size));
    expect(await firstLine()).toBe("ready");
  });

  it("runs from a new bundle once a file of it is lost or cut off", async () => {
    // The folder has chunks of earlier bundles, too.
    const manifest = await readFile(inCopy("apps/api/.bundle/manifest.json"), "utf8");
    const { sizes } = JSON.parse(manifest) as { sizes: Record<string, number> };
    const chunk = Object.keys(sizes).find((name) => name.startsWith("chunk-"));
    await rm(inCopy(`apps/api/.bundle/${chunk}`));
    expect(await firstLine()).toContain("db:status");
    await writeFile(inCopy(made), "");
    expect(await firstLine()).toContain("db:status");
  });

  it("runs from a new bundle once a source has changed, also when several start at once", async () => {
    const line = await changeSource();
    expect(await Promise.all([firstLine(), firstLine(), firstLine()])).toEqual([line, line, line]);
    expect(await readFile(inCopy(made), "utf8")).toContain(line);
  });

  it("runs from a new bundle once the checkout has moved", async () => {
    const moved = `${copy}-moved`;
    await rename(copy, moved);
    copy = moved;
    await writeFile(inCopy(made), 'console.log("ready elsewhere");');
    expect(await firstLine()).toMatch(/^printed by/);
  });

  it("runs from the sources where no bundle can be written", async () => {
    await rm(inCopy("apps/api/.bundle"), { recursive: true });
    await writeFile(inCopy("apps/api/.bundle"), "a file where a folder should be");
    const line = await changeSource();
    expect(await firstLine()).toBe(line);
  });
});
