import { expect, it } from "vitest";
import type { ContenderResult, FeedResult, Results, ScenarioResult } from "../results.ts";
import { contenderTable, feedCells } from "./figures.ts";
import { fillIn } from "./markdown.ts";
import { plot } from "./plot.ts";

const summary = (median: number) => ({ median, low: median * 0.9, high: median * 1.1 });
const contender = (id: string, kind: ContenderResult["kind"], rate: number): ContenderResult => ({
  id,
  title: `${id} <&>`,
  kind,
  samples: [],
  perSecond: summary(rate),
  p50: summary(1.5),
  p99: summary(12),
  cpuMicros: undefined,
  databaseCpuMicros: undefined,
  ratio: summary(0.61),
});
const scenario = (connections: number): Results["scenarios"][number] => ({
  id: `update-${connections}`,
  title: `Update, ${connections} connections`,
  what: "updates",
  connections,
  base: "floor-b",
  contenders: [
    contender("rest", "roster", 12_345 * connections),
    contender("floor-b", "floor", 20_000),
    contender("hand", "by hand", 612),
  ],
});
const results: Results = {
  date: "2026-03-01T10:00:00.000Z",
  command: "npm run bench",
  machine: {
    processor: "Abacus",
    cores: 2,
    memory: 2 ** 33,
    system: "Linux",
    node: "24.0.0",
    fsync: 0.2,
    loadBefore: 0,
  },
  settings: { rounds: 5, seconds: 3, customers: { few: 10, many: 1_000, descendants: 100, above: 20 } },
  scenarios: [scenario(1), scenario(32)],
  feeds: [
    {
      id: "feed-few",
      title: "1,000 watchers",
      watchers: 1_000,
      memoryEach: 23_400,
      updatesPerSecond: 10,
      events: 10_000,
      p50: 2.5,
      p99: 31,
      cpuMicros: undefined,
    },
  ],
  startUp: summary(500),
  memory: [{ server: "roster", atRest: 123e6, peak: undefined }],
  bundle: { plain: 36_000, gzip: 12_700 },
  goals: [
    {
      what: "REST",
      wants: "0.6 ×",
      bound: { least: 0.6 },
      figure: summary(0.61),
      unit: "×",
      raw: "61/s : 100/s",
      reached: true,
    },
    {
      what: "Start",
      wants: "700 ms",
      bound: { most: 700 },
      figure: summary(800),
      unit: "ms",
      raw: "",
      reached: false,
    },
    {
      what: "List",
      wants: "1 ×",
      bound: { least: 1 },
      figure: undefined,
      unit: "×",
      raw: "",
      reached: undefined,
    },
  ],
  checks: { answers: 1, wrong: 0, acknowledged: 1, stored: 1, failures: [] },
};

it("replaces only the text between the marks of a document", () => {
  const document =
    "# Performance\n\nText.\n\n<!-- figures: npm run bench writes from here -->\n\nold\n\n<!-- to here -->\n\nMore.\n";
  const filled = fillIn(document, results);
  expect(filled).toMatch(/^# Performance\n\nText\.\n/);
  expect(filled).toMatch(/\nMore\.\n$/);
  expect(filled).not.toContain("old");
  expect(filled).toContain("Abacus, 2 cores, 8 GiB");
  expect(filled).toMatch(
    /\| REST +\| ≥ 0\.6 × +\| +0\.610 × \| +0\.549–0\.671 \| pass +\| 61\/s : 100\/s +\|/,
  );
  expect(filled).toMatch(/\| List +\| ≥ 1 × +\| +– \| +\| not measured +\| +\|/);
  expect(fillIn(filled, results)).toBe(filled);
  expect(filled).not.toContain("![");
  expect(fillIn(document, results, "performance.svg")).toMatch(/\n!\[[^\]]+\]\(performance\.svg\)\n/);
});

it("shows the CPU time of a database beside the server, if there is one", () => {
  const first = results.scenarios[1] as ScenarioResult;
  const alone = contenderTable(first);
  expect(alone.columns).not.toContain("+ PostgreSQL's");
  expect(alone.rows[0]?.slice(0, 4)).toEqual(["rest <&>", "395,040", "355,536–434,544", "0.610 ×"]);
  const contenders = [
    { ...contender("rest", "roster", 1), cpuMicros: summary(140), databaseCpuMicros: summary(61) },
  ];
  const beside = contenderTable({ contenders });
  expect(beside.columns.slice(-2)).toEqual(["CPU µs each", "+ PostgreSQL's"]);
  expect(beside.rows[0]?.slice(-2)).toEqual(["140", "61.0"]);
});

it("shows the memory and the delay of a watcher", () => {
  const [feed] = results.feeds;
  expect(feedCells(feed as FeedResult)).toEqual(["1,000 watchers", "23.4 kB", "10.0", "2.50", "31.0", "–"]);
});

it("refuses a document without the marks", () => {
  expect(() => fillIn("# Performance\n", results)).toThrow("lacks the lines");
});

it("draws a well-formed picture with every figure of its charts", () => {
  const svg = plot(results);
  const open: string[] = [];
  for (const [, close, name = "", rest = ""] of svg.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!rest.endsWith("/")) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg).toContain("hand &lt;&amp;&gt;");
  for (const figure of ["395,040", "20,000", "612", "0.610 ×", "800 ms"])
    expect(svg).toContain(`>${figure}</text>`);
  expect(svg).toContain("Goals: 1 of 2 reached");
});

it("draws the measured part if only a part was measured", () => {
  const svg = plot({ ...results, scenarios: [], goals: [] });
  expect(svg).toContain("Roster, measured");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});
