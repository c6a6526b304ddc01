import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isReady } from "./peers.ts";
import { feeds, scenarios } from "./plan.ts";
import type { Results } from "./results.ts";

/** Runs the whole benchmark in its quick form, and checks that it works. Speed is not tested. */

const folder = mkdtempSync(join(tmpdir(), "roster-bench-test-"));
// A PostgreSQL started by root runs as another user, which must be able to enter the folder.
chmodSync(folder, 0o711);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["--conditions=@roster/source", main, ...args], { cwd: folder });

describe("npm run bench -- --quick", () => {
  let results: Results;
  let printed: string;

  beforeAll(async () => {
    writeFileSync(
      join(folder, "figures.md"),
      "<!-- figures: npm run bench writes from here -->\n<!-- to here -->\n",
    );
    const databases = ["--folder", folder];
    const outputs = ["--json", "figures.json", "--plot", "figures.svg", "--markdown", "figures.md"];
    ({ stdout: printed } = await bench("--quick", ...databases, ...outputs));
    results = JSON.parse(readFileSync(join(folder, "figures.json"), "utf8")) as Results;
  });

  it("measures every contender of every scenario", () => {
    const planned = scenarios({ flat: 1, large: 1, descendants: 1, above: 1 }).flatMap(({ id, contenders }) =>
      contenders.filter(({ server }) => isReady(server)).map((contender) => `${id} ${contender.id}`),
    );
    const measured = results.scenarios.flatMap(({ id, contenders }) =>
      contenders.map((contender) => `${id} ${contender.id}`),
    );
    expect(measured).toEqual(planned);
    for (const { perSecond, p50, p99, samples, ratio } of results.scenarios.flatMap(
      (one) => one.contenders,
    )) {
      expect(samples).toHaveLength(1);
      expect(perSecond?.median).toBeGreaterThan(0);
      expect(p50?.median).toBeGreaterThan(0);
      expect(p99?.median).toBeGreaterThanOrEqual(p50?.median ?? Infinity);
      expect(ratio?.median).toBeGreaterThan(0);
    }
  });

  it("measures the cost of watchers, and their delay", () => {
    const planned = feeds({ few: 1, many: 1 }).map(({ id }) => id);
    expect(results.feeds.map(({ id }) => id)).toEqual(planned);
    for (const { watchers, events, updatesPerSecond, p50, p99 } of results.feeds) {
      expect(events).toBeGreaterThanOrEqual(2 * watchers);
      expect(events % watchers).toBe(0);
      expect(updatesPerSecond).toBeGreaterThan(0);
      expect(p99).toBeGreaterThanOrEqual(p50);
    }
  });

  it("finds no wrong answer, and every acknowledged update in its database", () => {
    const { answers, wrong, acknowledged, stored, failures } = results.checks;
    expect(failures).toEqual([]);
    expect(wrong).toBe(0);
    expect(answers).toBeGreaterThan(1_000);
    expect(acknowledged).toBeGreaterThan(1_000);
    expect(stored).toBe(acknowledged);
  });

  it("compares each figure with the goals", () => {
    const rows = results.goals.filter(
      ({ wants }) =>
        (isReady("drizzle") || !wants.includes("Drizzle")) &&
        (isReady("postgraphile") || !wants.includes("PostGraphile")),
    );
    // Memory is known only if the system reports it.
    const known = process.platform === "linux" ? rows : rows.filter(({ unit }) => unit !== "MB");
    expect(known.filter(({ figure }) => !((figure?.median ?? 0) > 0))).toEqual([]);
    for (const { figure, bound, reached } of known) {
      const median = figure?.median as number;
      expect(reached).toBe("least" in bound ? median >= bound.least : median <= bound.most);
    }
    expect(results.startUp?.median).toBeGreaterThan(50);
    expect(results.bundle?.gzip).toBeLessThan(results.bundle?.plain ?? 0);
  });

  it.runIf(process.platform === "linux")("knows the memory of every server", () => {
    expect(results.memory.length).toBeGreaterThan(6);
    for (const { atRest, peak } of results.memory) {
      expect(atRest).toBeGreaterThan(10e6);
      expect(peak).toBeGreaterThanOrEqual(atRest ?? Infinity);
    }
  });

  it("prints tables, draws a picture and fills the document", () => {
    expect(printed).toContain("Update, 32 connections");
    expect(printed).toContain("floor (b): node:http, group commit");
    expect(printed).toContain("Goals");
    expect(printed).toMatch(/Checked: [\d,]+ answers, 0 of them wrong/);
    expect(readFileSync(join(folder, "figures.svg"), "utf8")).toContain("Roster, measured");
    expect(readFileSync(join(folder, "figures.md"), "utf8")).toContain("### Goals");
  });

  it("leaves no database behind", () => {
    expect(readdirSync(folder).toSorted()).toEqual(["figures.json", "figures.md", "figures.svg"]);
  });
});

it("npm run bench refuses an unknown option, and starts nothing", async () => {
  await expect(bench("--fast")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--fast") as string,
  });
});
