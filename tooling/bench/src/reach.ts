import type { ContenderResult, ReachRow, Results, Sample } from "./results.ts";
import { ratio, type Summary } from "./summary.ts";

type Measured = Omit<Results, "reach">;
type Of = readonly [scenario: string, contender: string];

/** Every row of the table, measured or not. */
export function reach({ scenarios, feeds, startUp, memory, bundle, settings }: Measured): ReachRow[] {
  const few = settings.customers.few.toLocaleString("en");
  const many = settings.customers.many.toLocaleString("en");

  const find = ([scenario, contender]: Of): ContenderResult | undefined =>
    scenarios.find(({ id }) => id === scenario)?.contenders.find(({ id }) => id === contender);

  const row = (
    what: string,
    wants: string,
    bound: ReachRow["bound"],
    unit: ReachRow["unit"],
    figure: Summary | undefined,
    raw = "",
  ): ReachRow => ({
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
    bound: ReachRow["bound"],
    over: Of,
    under: Of,
    of: Exclude<keyof Sample, "cpuMicros" | "databaseCpuMicros"> = "perSecond",
  ): ReachRow => {
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
  const rows: ReachRow[] = [];
  for (const connections of [32, 256]) {
    const scenario = `update-${connections}`;
    const at = `${connections} connections`;
    rows.push(
      compare(`REST update, ${at}`, "0.6 × floor (b)", least(0.6), [scenario, "rest"], [scenario, "floor-b"]),
      compare(`REST update, ${at}`, "1 × floor (a)", least(1), [scenario, "rest"], [scenario, "floor-a"]),
      compare(`tRPC update, ${at}`, "0.7 × floor (c)", least(0.7), [scenario, "trpc"], [scenario, "floor-c"]),
      compare(
        `tRPC update, ${at}`,
        "15 × tRPC + MikroORM",
        least(15),
        [scenario, "trpc"],
        [scenario, "mikro-orm"],
      ),
      compare(
        `tRPC update, ${at}`,
        "3 × tRPC + Drizzle without fsync",
        least(3),
        [scenario, "trpc"],
        [scenario, "drizzle-wal"],
      ),
    );
  }
  const single = ["update-many", "trpc"] as const;
  const restAt32 = ["update-32", "rest"] as const;
  rows.push(
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
      "4 × REST at 32 connections",
      least(4),
      ["update-bulk", "many-atomic"],
      restAt32,
    ),
    compare(
      "updateMany of 1,000, each for itself",
      "4 × REST at 32 connections",
      least(4),
      ["update-bulk", "many-independent"],
      restAt32,
    ),
    compare("tRPC get", "0.7 × floor (c)", least(0.7), ["get", "trpc"], ["get", "floor-c"]),
    compare("REST get", "0.7 × floor (d)", least(0.7), ["get", "rest"], ["get", "floor-d"]),
    compare(
      "REST update, one connection: latency",
      "1.5 × floor (a)",
      most(1.5),
      ["update-1", "rest"],
      ["update-1", "floor-a"],
      "p50",
    ),
    compare(
      "tRPC update, one connection: latency",
      "1.5 × floor (a)",
      most(1.5),
      ["update-1", "trpc"],
      ["update-1", "floor-a"],
      "p50",
    ),
    compare(
      `Update, ${many} against ${few} customers`,
      "0.8 ×",
      least(0.8),
      ["size", "large"],
      ["size", "small"],
    ),
    compare(
      `Update, ${many} against ${few} customers: p99`,
      "1.5 ×",
      most(1.5),
      ["size", "large"],
      ["size", "small"],
      "p99",
    ),
    compare(
      `Get, ${many} against ${few} customers`,
      "0.8 ×",
      least(0.8),
      ["size-get", "large"],
      ["size-get", "small"],
    ),
    compare(
      `Get, ${many} against ${few} customers: p99`,
      "1.5 ×",
      most(1.5),
      ["size-get", "large"],
      ["size-get", "small"],
      "p99",
    ),
    // The cost of an update is its time, so the rates are inverted.
    compare(
      `Update above ${settings.customers.descendants.toLocaleString("en")} descendants: cost`,
      "1.2 × a leaf",
      most(1.2),
      ["hierarchy", "leaf"],
      ["hierarchy", "top"],
    ),
    compare(
      "Update in process, local client",
      "3 × REST at 32 connections",
      least(3),
      ["in-process", "client"],
      restAt32,
    ),
    compare(
      "Update in process, record service",
      "3 × REST at 32 connections",
      least(3),
      ["in-process", "service"],
      restAt32,
    ),
    ...[32, 256].flatMap((connections) =>
      (["rest", "trpc"] as const).map((id) => {
        const scenario = `postgres-${connections}`;
        const name = id === "rest" ? "REST" : "tRPC";
        return compare(
          `${name} update on PostgreSQL, ${connections} connections`,
          "0.5 × its floor",
          least(0.5),
          [scenario, id],
          [scenario, "floor"],
        );
      }),
    ),
    ...(["rest", "trpc"] as const).flatMap((id) =>
      [
        ["1.5 × PostGraphile", "postgraphile"] as const,
        ["1.5 × PostGraphile, two fields", "postgraphile-short"] as const,
      ].map(([wants, peer]) =>
        compare(
          `${id === "rest" ? "REST" : "tRPC"} update on PostgreSQL, 32 connections`,
          wants,
          least(1.5),
          ["postgres-32", id],
          ["postgres-32", peer],
        ),
      ),
    ),
    row(
      "From an update to those who watch another node: p99",
      "1,000 ms",
      most(1_000),
      "ms",
      one(feeds.find(({ id }) => id === "feed-other-node")?.p99),
    ),
    row("Start to the first answer", "700 ms", most(700), "ms", startUp),
  );
  const large = memory.find(({ server }) => server === "roster-large");
  const megabytes = (bytes: number | undefined) => one(bytes === undefined ? undefined : bytes / 1e6);
  rows.push(
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
  );
  return rows;
}

const one = (value: number | undefined): Summary | undefined =>
  value === undefined ? undefined : { median: value, low: value, high: value };
