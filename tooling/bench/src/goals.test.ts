import { expect, it } from "vitest";
import { goals } from "./goals.ts";
import type { ContenderResult, Results, Sample } from "./results.ts";
import { summarize } from "./summary.ts";

const contender = (id: string, ...rates: number[]): ContenderResult => {
  const samples = rates.map((perSecond): Sample => ({
    perSecond,
    p50: 1000 / perSecond,
    p99: 1,
    cpuMicros: 1,
    databaseCpuMicros: undefined,
  }));
  const of = (figure: keyof Sample) => summarize(samples.map((sample) => sample[figure]));
  return {
    id,
    title: id,
    kind: "roster",
    samples,
    perSecond: of("perSecond"),
    p50: of("p50"),
    p99: of("p99"),
    cpuMicros: of("cpuMicros"),
    databaseCpuMicros: of("databaseCpuMicros"),
    ratio: undefined,
  };
};

const results = (scenarios: Record<string, ContenderResult[]>, more: Partial<Results> = {}): Results => ({
  date: "2026-01-01T00:00:00.000Z",
  command: "npm run bench",
  machine: { processor: "x", cores: 2, memory: 1, system: "x", node: "24", fsync: 1, loadBefore: 0 },
  settings: { rounds: 2, seconds: 1, customers: { few: 10, many: 1_000, descendants: 100, above: 20 } },
  scenarios: Object.entries(scenarios).map(([id, contenders]) => ({
    id,
    title: id,
    what: "updates",
    connections: 1,
    base: "",
    contenders,
  })),
  feeds: [],
  startUp: undefined,
  memory: [],
  bundle: undefined,
  goals: [],
  checks: { answers: 0, wrong: 0, acknowledged: 0, stored: 0, failures: [] },
  ...more,
});

const row = (given: Results, what: string, wants: string) =>
  goals(given).find((one) => one.what.startsWith(what) && one.wants === wants);

it("compares rates round by round, and reports whether the goal is reached", () => {
  const given = results({
    "update-32": [contender("rest", 38, 380), contender("floor-e", 100, 1000), contender("floor-a", 39, 390)],
  });
  const slim = row(given, "REST update, 32 connections", "0.38 × floor (e)");
  expect(slim?.figure).toEqual({ median: 0.38, low: 0.38, high: 0.38 });
  expect(slim).toMatchObject({ reached: true, raw: "209/s : 550/s" });
  expect(row(given, "REST update, 32 connections", "1 × floor (a)")?.reached).toBe(false);
});

it("compares PostgreSQL with PostgreSQL", () => {
  const given = results({
    "postgres-32": [contender("rest", 60), contender("floor", 100), contender("postgraphile", 50)],
    "update-32": [contender("rest", 500)],
  });
  const what = "REST update on PostgreSQL, 32 connections";
  expect(row(given, what, "0.5 × its floor")).toMatchObject({ raw: "60/s : 100/s", reached: true });
  expect(row(given, what, "1.5 × PostGraphile")).toMatchObject({ raw: "60/s : 50/s", reached: false });
});

it("expects latencies, costs, memory and sizes to be small", () => {
  const given = results(
    {
      "update-1": [contender("rest", 100), contender("trpc", 60), contender("floor-a", 100)],
      "update-32": [contender("rest", 1), contender("trpc", 1)],
      hierarchy: [contender("leaf", 130), contender("top", 100)],
    },
    {
      startUp: { median: 451, low: 400, high: 800 },
      memory: [{ server: "roster-large", atRest: 149e6, peak: 301e6 }],
      bundle: { plain: 40_000, gzip: 14_999 },
    },
  );
  expect(row(given, "REST update, one connection: latency", "1.5 × floor (a)")?.reached).toBe(true);
  expect(row(given, "tRPC update, one connection: latency", "1.5 × floor (a)")?.reached).toBe(false);
  expect(row(given, "Update above 100 descendants", "1.2 × a leaf")).toMatchObject({
    figure: { median: 1.3 },
    reached: false,
  });
  expect(row(given, "Start to the first answer", "450 ms")?.reached).toBe(false);
  expect(row(given, "tRPC update, 32 connections: CPU time", "85 µs")).toMatchObject({
    figure: { median: 1 },
    reached: true,
  });
  expect(row(given, "Memory at rest", "150 MB")?.reached).toBe(true);
  expect(row(given, "Memory under load", "300 MB")?.reached).toBe(false);
  expect(row(given, "Client in a browser bundle", "15 kB")?.reached).toBe(true);
});

it("keeps the row of an unmeasured goal, without a verdict", () => {
  const rows = goals(results({}));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.every(({ figure, reached }) => figure === undefined && reached === undefined)).toBe(true);
});
