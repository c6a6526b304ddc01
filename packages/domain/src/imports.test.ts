import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { afterAll, expect, test } from "vitest";

/** Run-time imports: all except `import type` and `export type`. */
const imports = [
  /^\s*(?:import|export)\b(?!\s+type\b)(?:[^"';]*?\bfrom)?\s*["']([^"']+)["']/gm,
  /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g,
];
/** Anything that would make a rule depend on time, chance or the machine instead of its context. */
const world =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\.|\bprocess\.|\bfetch\(|\bset(?:Timeout|Interval)\b/g;

/** Separate entry points, and what each may import besides zod. No other file may import them. */
const entries: Record<string, RegExp> = {
  formats: /^(?:libphonenumber-js|i18n-iso-countries)(?:\/|$)/,
  "properties-schema": /^(?:ajv\/|re2js$)/,
};
const entryOf = (file: string) => file.split(sep).find((folder) => Object.hasOwn(entries, folder));

/** Everything in a folder of sources that breaks the domain's limits: only zod, only pure functions. */
function violations(root: string): string[] {
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.startsWith("testing" + sep),
  );
  return sources.toSorted().flatMap((file) => {
    const path = join(root, file);
    const source = readFileSync(path, "utf8");
    const imported = imports.flatMap((pattern) =>
      [...source.matchAll(pattern)].map((match) => match[1] ?? ""),
    );
    const foreign = imported.filter((name) => {
      const entry = entryOf(file);
      if (!name.startsWith(".")) return name !== "zod" && !(entry && entries[entry]?.test(name));
      const target = relative(root, resolve(dirname(path), name));
      const isElsewhere = entryOf(target) !== undefined && entryOf(target) !== entry;
      return (
        isElsewhere ||
        target.startsWith("..") ||
        target.startsWith("testing" + sep) ||
        target.endsWith(".test.ts")
      );
    });
    const impure = [...source.matchAll(world)].map(([text]) => text);
    return [...foreign, ...impure].map((what) => `${file.replaceAll(sep, "/")}: ${what}`);
  });
}

test("the domain imports only zod at run time, apart from its separate entry points, and uses no clock, randomness or machine state", () => {
  expect(violations(import.meta.dirname)).toEqual([]);
});

const folder = mkdtempSync(join(tmpdir(), "roster-domain-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the check fires on every kind of forbidden import and on nothing else", () => {
  const planted = {
    "good.ts": [
      'import { z } from "zod";',
      'import type { Hono } from "hono";',
      'export type { Server } from "node:http";',
      'export * from "./record/more.ts";',
      "export const from = (text: string) => text;",
    ],
    "ignored.test.ts": ['import "node:fs";'],
    "testing/ignored.ts": ['import "fast-check";'],
    "properties-schema/index.ts": ['import { Ajv2020 } from "ajv/dist/2020.js";', 'import "../good.ts";'],
    "formats/good.ts": ['import { parse } from "libphonenumber-js/max";', 'import "../good.ts";'],
    "record/bad.ts": [
      'import "side-effect";',
      'import { readFileSync } from "node:fs";',
      "import {",
      "  type A,",
      "  b,",
      "} from 'several-lines';",
      'import { type OnlyTypes } from "kept-by-verbatim-module-syntax";',
      'import all, * as more from "both";',
      'export { c } from "exported";',
      'export * from "all-exported";',
      'const later = await import("dynamic");',
      'const old = require("common-js");',
      'import { createApi } from "../../outside.ts";',
      'import { samples } from "../testing/samples.ts";',
      'import { compileSchema } from "../properties-schema/index.ts";',
      'import { Ajv2020 } from "ajv/dist/2020.js";',
      'import { good } from "../formats/good.ts";',
      'import "libphonenumber-js";',
      "const now = Date.now();",
      "const id = Math.random();",
    ],
  };
  for (const [file, lines] of Object.entries(planted)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), lines.join("\n"));
  }
  expect(violations(folder)).toEqual(
    [
      "side-effect",
      "node:fs",
      "several-lines",
      "kept-by-verbatim-module-syntax",
      "both",
      "exported",
      "all-exported",
      "../../outside.ts",
      "../testing/samples.ts",
      "../properties-schema/index.ts",
      "ajv/dist/2020.js",
      "../formats/good.ts",
      "libphonenumber-js",
      "dynamic",
      "common-js",
      "Date.now",
      "Math.random",
    ].map((what) => `record/bad.ts: ${what}`),
  );
});
