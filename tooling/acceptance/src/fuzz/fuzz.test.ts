import { beforeAll, describe, expect, it } from "vitest";
import { fuzz, growth, type FuzzReport } from "./fuzz.ts";
import { procedurePaths } from "./procedures.ts";

/** The short form, with a fixed seed. `npm run test:fuzz` is the long one. */
describe("1,500 requests, most of them wrong", () => {
  let report: FuzzReport;
  beforeAll(async () => {
    report = await fuzz({ requests: 1_500, seed: 20_260_301, concurrency: 4, patience: 15_000 });
  }, 180_000);

  it("are each answered in the form of their surface: no 5xx, no silence, nothing of the server's own", () => {
    expect(report.findings).toEqual([]);
    expect(report.sent).toBe(1_500);
  });

  it("go to every procedure and to every operation of the OpenAPI document", () => {
    const missed = [...report.routes].filter(([, count]) => count === 0).map(([route]) => route);
    expect(missed).toEqual([]);
    for (const { path } of procedurePaths) expect(report.routes.get(`trpc ${path}`), path).toBeGreaterThan(0);
  });

  it("are accepted, too, where they are right", () => {
    for (const kind of ["trpc", "rest", "format"])
      expect(report.outcomes.get(kind)?.get("200"), kind).toBeGreaterThan(0);
  });

  it("leave a server that goes on as before, has logged no error, and whose file agrees with itself", () => {
    expect(report.problems).toEqual([]);
  });

  it("leave no more behind in its memory than caches", () => {
    expect(growth(report.memory)).toBeLessThan(150);
  });
});
