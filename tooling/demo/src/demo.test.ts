import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const { PATH, NODE_COMPILE_CACHE } = process.env;

/** The parent folder of the demo's database, which the demo must leave empty. */
let folder: string;
const newFolder = async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-test-"));
};

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `npm run demo` with its output on a pipe. */
async function demo(
  env: Record<string, string>,
  meanwhile?: (child: ChildProcess) => unknown,
  args: string[] = [],
): Promise<Ended> {
  const child = spawn(process.execPath, ["--conditions=@roster/source", main, ...args], {
    env: { PATH, NODE_COMPILE_CACHE, TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await meanwhile?.(child);
  return { code: await ended, out, err };
}

describe("a tour from its beginning to its end", () => {
  let tour: Ended;
  beforeAll(async () => {
    await newFolder();
    tour = await demo({}, undefined, ["--pause"]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("succeeds quietly, and names the next steps", () => {
    expect(tour).toMatchObject({ code: 0, err: "" });
    expect(tour.out.slice(-400)).toMatch(
      /npm start .*\n.*docs\/updates\.md .*\n.*docs\/wire-formats\.md .*\n$/,
    );
  });

  test("does not wait for anybody without a terminal, even with --pause", () => {
    expect(tour.out).not.toContain("Press Enter");
  });

  test("leaves nothing behind", async () => {
    expect(await readdir(folder)).toEqual([]);
  });

  test("fits 100 columns, without colours on a pipe", () => {
    expect(tour.out).toBe(stripVTControlCharacters(tour.out));
    expect(tour.out.split("\n").filter((line) => Array.from(line).length > 100)).toEqual([]);
  });

  /** The text of a section, from its heading to the next one. */
  const section = (number: number): string => {
    const parts = tour.out.split(/^ (\d) {2}(?=\S)/m);
    return parts[parts.indexOf(String(number)) + 1] ?? "";
  };

  test("has six sections in order", () => {
    const headings = [...tour.out.matchAll(/^ (\d) {2}(.*?) ─+$/gm)].map(
      ([, number, title]) => `${number} ${title}`,
    );
    expect(headings).toEqual([
      "1 A typed update, and what it changed",
      "2 A validation error with all its faults",
      "3 Two writers on one record",
      "4 Inheritance, before and after one update at the top",
      "5 The history of one record",
      "6 Five documented APIs, on the same record",
    ]);
  });

  test("1: shows the changes of an update, a repetition and a dry run", () => {
    expect(section(1)).toMatch(/^ {2}\/properties\/plan +"starter" +"pro"$/m);
    expect(section(1)).toMatch(/^ {2}\/properties\/trial +true +\(absent\)$/m);
    expect(section(1)).toMatch(/^ {2}the same again +false/m);
    expect(section(1)).toMatch(/^ {2}a dry run +false .*\/name$/m);
  });

  test("2: shows every fault by its pointer, as many as it announces", () => {
    const rows = section(2).match(/^ {2}\/(?:patch|add)\/\S+ +[a-z]+_[a-z]+ .+$/gm) ?? [];
    expect(rows).toHaveLength(10);
    expect(section(2)).toContain("Refused with 10 faults at once");
    expect(section(2)).toContain("Nothing was written: version 2");
  });

  test("3: loses no entry of two writers, and shows a stale writer the missed changes", () => {
    expect(section(3).match(/^ {2}(CRM sync|Support desk) +12 +12 +12$/gm)).toHaveLength(2);
    expect(section(3)).toContain("24 addresses, version 1 → 25");
    expect(section(3)).toMatch(/^ {2}\/job +26 .* Support desk$/m);
  });

  test("4: shows the new value only in customers without one of their own", () => {
    expect(section(4)).toMatch(/Leeds Creamery +Site +– +"8x5" +"24x7" +2$/m);
    expect(section(4)).toMatch(/Lille Brewhouse +Site +– +"12x5" +"12x5" +1$/m);
    expect(section(4).match(/"8x5" +"24x7"/g)).toHaveLength(9);
    expect(section(4)).toContain("and 9 show the new value");
  });

  test("5: shows the actor, change, surface and reason of each entry", () => {
    const rows = section(5)
      .match(/^ +\d .*(create|update|delete|restore) .*$/gm)
      ?.map((row) => row.trim().split(/ {2,}/));
    expect(
      rows?.map(([version, , who, through, action, why]) => [version, who, through, action, why]),
    ).toEqual([
      ["1", "admin", "trpc", "create", "–"],
      ["2", "CRM sync", "trpc", "update", "upgraded after the trial"],
      ["3", "Support desk", "trpc", "delete", "–"],
      ["4", "Support desk", "trpc", "restore", "–"],
      ["5", "Support desk", "trpc", "update", "shorter ids for billing"],
    ]);
  });

  test("6: shows five requests with their replies and changes", () => {
    const calls = section(6)
      .match(/^ {2}curl -X \S+ \S+/gm)
      ?.map((call) => call.trim());
    expect(calls).toEqual([
      expect.stringMatching(/^curl -X PUT \$ROSTER\/v1\/customers\/[0-9a-f-]{36}$/),
      "curl -X POST $ROSTER/api/update_customer/",
      "curl -X PUT $ROSTER/v1/users/priya.raman",
      "curl -X PUT $ROSTER/customers/TS-1003",
      expect.stringMatching(/^curl -X PUT \$ROSTER\/api\/v1\/customers\/\d+$/),
    ]);
    expect(section(6).match(/^ {2}200 OK in \d+ ms$/gm)).toHaveLength(5);
    const sources = [...section(6).matchAll(/ (stateset|explo|maiascore|flextell) +update/g)].map(
      ([, source]) => source,
    );
    expect(sources).toEqual(["stateset", "explo", "stateset", "maiascore", "flextell"]);
  });
});

describe("a tour", () => {
  beforeEach(async () => {
    await newFolder();
    return () => rm(folder, { recursive: true, force: true });
  });

  test.each([
    ["has colours where they are asked for", { FORCE_COLOR: "1" }, true],
    ["has none where NO_COLOR is set", { NO_COLOR: "1" }, false],
  ])("%s", async (_what, env, coloured) => {
    const { code, out } = await demo(env);
    expect(code).toBe(0);
    expect(out !== stripVTControlCharacters(out)).toBe(coloured);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends at %s with %i, and leaves nothing behind", async (signal, expected) => {
    const { code, err } = await demo({}, async (child) => {
      await new Promise((resolve) => child.stdout?.once("data", resolve));
      child.kill(signal);
    });
    expect({ code, err }).toEqual({ code: expected, err: "" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves nothing behind if it is stopped while its database is being created", async () => {
    const { code, out, err } = await demo({}, async (child) => {
      while ((await readdir(folder)).length === 0) await wait(1);
      child.kill("SIGINT");
    });
    expect({ code, out, err }).toEqual({ code: 130, out: "", err: "" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("ends quietly when its reader closes the pipe", async () => {
    const { code, err } = await demo({}, async (child) => {
      await new Promise((resolve) => child.stdout?.once("data", resolve));
      child.stdout?.destroy();
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("with an unknown option reports it in one line", async () => {
    const { code, out, err } = await demo({}, undefined, ["--puase"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^demo: .*--puase.*\n$/);
  });

  test("that fails gives the reason in one line, and exits with 1", async () => {
    const { code, out, err } = await demo({ TMPDIR: join(folder, "missing") });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^demo: .*missing.*\n$/);
  });
});
