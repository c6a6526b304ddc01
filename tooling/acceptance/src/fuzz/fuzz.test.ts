import { beforeAll, describe, expect, it } from "vitest";
import { fuzz, growth, type FuzzReport } from "./fuzz.ts";
import { procedurePaths } from "./procedures.ts";

/** The short form, with a fixed seed. `npm run test:fuzz` is the long one. */
describe("1,500 requests, most of them wrong", () => {
  let report: FuzzReport;
  beforeAll(async () => {
    report = await fuzz({ requests: 1_500, seed: 20_260_301, concurrency: 4, patience: 60_000 });
  });

  it("are each answered in the form of their surface, without 5xx, silence or internal details", () => {
    expect(report.findings).toEqual([]);
    expect(report.sent).toBe(1_500);
  });

  it("reach every procedure and every operation of the OpenAPI document", () => {
    const missed = [...report.routes].filter(([, count]) => count === 0).map(([route]) => route);
    expect(missed).toEqual([]);
    for (const { path } of procedurePaths) expect(report.routes.get(`trpc ${path}`), path).toBeGreaterThan(0);
  });

  it("are accepted if they are valid", () => {
    for (const kind of ["trpc", "rest", "format"])
      expect(report.outcomes.get(kind)?.get("200"), kind).toBeGreaterThan(0);
  });

  it("leave a server that works as before, has logged no error, and has a consistent file", () => {
    expect(report.problems).toEqual([]);
  });

  it("leave only caches behind in memory", () => {
    expect(growth(report.memory)).toBeLessThan(150);
  });
});
