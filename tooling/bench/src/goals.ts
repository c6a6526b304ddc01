import type { ContenderResult, GoalRow, Results, Sample } from "./results.ts";
import { ratio, type Summary } from "./summary.ts";

type Measured = Omit<Results, "goals">;
type Of = readonly [scenario: string, contender: string];

/** Every row of the table, measured or not. */
export function goals({ scenarios, feeds, startUp, memory, bundle, settings }: Measured): GoalRow[] {
  const few = settings.customers.few.toLocaleString("en");
  const many = settings.customers.many.toLocaleString("en");

  const find = ([scenario, contender]: Of): ContenderResult | undefined =>
    scenarios.find(({ id }) => id === scenario)?.contenders.find(({ id }) => id === contender);

  const row = (
    what: string,
    wants: string,
    bound: GoalRow["bound"],
    unit: GoalRow["unit"],
    figure: Summary | undefined,
    raw = "",
  ): GoalRow => ({
    what,
    wants,
    bound,
    figure,
    unit,
    raw,
    reached: figure && ("least" in bound ? figure.median >= bound.least : figure.median <= bound.most),
  });

  /** The ratio of two figures, round by round. */
  const compare = (
    what: string,
    wants: string,
    bound: GoalRow["bound"],
    over: Of,
    under: Of,
    of: Exclude<keyof Sample, "cpuMicros" | "databaseCpuMicros"> = "perSecond",
  ): GoalRow => {
    const [a, b] = [find(over), find(under)];
    const figure =
      a &&
      b &&
      ratio(
        a.samples.map((one) => one[of]),
        b.samples.map((one) => one[of]),
      );
    const text = (result: ContenderResult | undefined) => {
      const median = result?.[of]?.median;
      if (median === undefined) return "–";
      return of === "perSecond"
        ? `${Math.round(median).toLocaleString("en")}/s`
        : `${median.toPrecision(3)} ms`;
    };
    return row(what, wants, bound, "×", figure, figure ? `${text(a)} : ${text(b)}` : "");
  };

  const least = (value: number) => ({ least: value });
  const most = (value: number) => ({ most: value });
  const cpu = (name: string, id: string, bound: number): GoalRow =>
    row(
      `${name} update, 32 connections: CPU time of all threads`,
      `${bound} µs`,
      most(bound),
      "µs",
      find(["update-32", id])?.cpuMicros,
    );
  const rest32 = ["update-32", "rest"] as const;
  const single = ["update-many", "trpc"] as const;
  const large = memory.find(({ server }) => server === "roster-large");
  const megabytes = (bytes: number | undefined) => one(bytes === undefined ? undefined : bytes / 1e6);

  return [
    ...(
      [
        ["REST", "rest", 32, 0.38],
        ["REST", "rest", 256, 0.34],
        ["tRPC", "trpc", 32, 0.34],
        ["tRPC", "trpc", 256, 0.27],
      ] as const
    ).map(([name, id, connections, share]) =>
      compare(
        `${name} update, ${connections} connections`,
        `${share} × floor (e)`,
        least(share),
        [`update-${connections}`, id],
        [`update-${connections}`, "floor-e"],
      ),
    ),
    ...[32, 256].map((connections) =>
      compare(
        `REST update, ${connections} connections`,
        "1 × floor (a)",
        least(1),
        [`update-${connections}`, "rest"],
        [`update-${connections}`, "floor-a"],
      ),
    ),
    cpu("REST", "rest", 75),
    cpu("tRPC", "trpc", 85),
    ...[32, 256].flatMap((connections) => {
      const scenario = `update-${connections}`;
      const what = `tRPC update, ${connections} connections`;
      const trpc = [scenario, "trpc"] as const;
      return [
        compare(what, "20 × tRPC + MikroORM", least(20), trpc, [scenario, "mikro-orm"]),
        compare(what, "4 × tRPC + Drizzle, WAL, no fsync", least(4), trpc, [scenario, "drizzle-wal"]),
      ];
    }),
    ...(["rest", "trpc"] as const).map((id) =>
      compare(
        `${nameOf[id]} update, one connection: latency`,
        "1.5 × floor (a)",
        most(1.5),
        ["update-1", id],
        ["update-1", "floor-a"],
        "p50",
      ),
    ),
    compare(
      "tRPC update with an idempotency key",
      "0.85 × without",
      least(0.85),
      ["update-many", "trpc-key"],
      single,
    ),
    compare("tRPC update, batches of 10", "2 × single", least(2), ["update-many", "trpc-batch"], single),
    compare(
      "tRPC update, batches of 10, answers as a stream",
      "2 × single",
      least(2),
      ["update-many", "trpc-batch-stream"],
      single,
    ),
    compare(
      "updateMany of 1,000, all or nothing",
      "3.5 × REST at 32 connections",
      least(3.5),
      ["update-bulk", "many-atomic"],
      rest32,
    ),
    compare(
      "updateMany of 1,000, independent items",
      "3.5 × REST at 32 connections",
      least(3.5),
      ["update-bulk", "many-independent"],
      rest32,
    ),
    compare(
      "Update in process, record service",
      "3 × REST at 32 connections",
      least(3),
      ["in-process", "service"],
      rest32,
    ),
    compare("tRPC get, 32 connections", "0.85 × REST get", least(0.85), ["get", "trpc"], ["get", "rest"]),
    // The cost of an update or a get is its time, so the rates are inverted.
    compare(
      "Get of a customer with parents: cost",
      "1.5 × without parents",
      most(1.5),
      ["hierarchy-get", "flat"],
      ["hierarchy-get", "below"],
    ),
    compare(
      `Update above ${settings.customers.descendants.toLocaleString("en")} descendants: cost`,
      "1.2 × a leaf",
      most(1.2),
      ["hierarchy", "leaf"],
      ["hierarchy", "top"],
    ),
    ...(
      [
        ["Update", "size"],
        ["Get", "size-get"],
      ] as const
    ).flatMap(([name, scenario]) => {
      const what = `${name}, ${many} against ${few} customers`;
      const [over, under] = [[scenario, "large"] as const, [scenario, "small"] as const];
      return [
        compare(what, "0.85 ×", least(0.85), over, under),
        compare(`${what}: p99`, "1.5 ×", most(1.5), over, under, "p99"),
      ];
    }),
    ...[32, 256].flatMap((connections) =>
      (["rest", "trpc"] as const).map((id) =>
        compare(
          `${nameOf[id]} update on PostgreSQL, ${connections} connections`,
          "0.5 × its floor",
          least(0.5),
          [`postgres-${connections}`, id],
          [`postgres-${connections}`, "floor"],
        ),
      ),
    ),
    ...(["rest", "trpc"] as const).flatMap((id) =>
      (
        [
          ["1.5 × PostGraphile", "postgraphile"],
          ["1.5 × PostGraphile, two fields", "postgraphile-short"],
        ] as const
      ).map(([wants, peer]) =>
        compare(
          `${nameOf[id]} update on PostgreSQL, 32 connections`,
          wants,
          least(1.5),
          ["postgres-32", id],
          ["postgres-32", peer],
        ),
      ),
    ),
    compare(
      "REST update on PostgreSQL, 256 connections, 100 tenants",
      "1.3 × one tenant",
      least(1.3),
      ["postgres-256", "tenants"],
      ["postgres-256", "rest"],
    ),
    row(
      "Change feed, watchers of another node: p99",
      "1,000 ms",
      most(1_000),
      "ms",
      one(feeds.find(({ id }) => id === "feed-other-node")?.p99),
    ),
    row("Start to the first answer", "450 ms", most(450), "ms", startUp),
    row(`Memory at rest, ${many} customers`, "150 MB", most(150), "MB", megabytes(large?.atRest)),
    row(`Memory under load, ${many} customers`, "300 MB", most(300), "MB", megabytes(large?.peak)),
    row(
      "Client in a browser bundle, gzip",
      "15 kB",
      most(15),
      "kB",
      one(bundle && bundle.gzip / 1000),
      bundle ? `${(bundle.plain / 1000).toFixed(1)} kB minified` : "",
    ),
  ];
}

const one = (value: number | undefined): Summary | undefined =>
  value === undefined ? undefined : { median: value, low: value, high: value };

const nameOf = { rest: "REST", trpc: "tRPC" } as const;
