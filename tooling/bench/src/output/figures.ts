import type { ContenderResult, FeedResult, Results, ScenarioResult } from "../results.ts";
import type { GoalRow } from "../results.ts";
import type { Summary } from "../summary.ts";

/** Figures for readers: three significant digits and the spread of the rounds. */

export const rate = (perSecond: number): string =>
  perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : perSecond.toPrecision(3);

const digits = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);

const nothing = "–";
const middle = (summary: Summary | undefined, show = digits): string =>
  summary ? show(summary.median) : nothing;

/** The lowest and the highest of the rounds. */
const spread = (summary: Summary | undefined, show = digits): string =>
  summary && summary.low !== summary.high ? `${show(summary.low)}–${show(summary.high)}` : "";

/** The columns of a scenario's table, and their content for a contender. */
const columnsOf: Record<string, (contender: ContenderResult) => string> = {
  "": ({ title }) => title,
  "per second": ({ perSecond }) => middle(perSecond, rate),
  rounds: ({ perSecond }) => spread(perSecond, rate),
  ratio: ({ ratio }) => (ratio ? `${digits(ratio.median)} ×` : nothing),
  "p50 ms": ({ p50 }) => middle(p50),
  "p99 ms": ({ p99 }) => middle(p99),
  "CPU µs each": ({ cpuMicros }) => middle(cpuMicros),
};

/** One more column if the database is not in the server's process. */
const columnsWithDatabase: typeof columnsOf = {
  ...columnsOf,
  "+ PostgreSQL's": ({ databaseCpuMicros }) => middle(databaseCpuMicros),
};

/** A scenario's table: its columns, and a row for each contender. */
export function contenderTable({ contenders }: Pick<ScenarioResult, "contenders">): {
  columns: string[];
  rows: string[][];
} {
  const beside = contenders.some(({ databaseCpuMicros }) => databaseCpuMicros !== undefined);
  const columns = Object.entries(beside ? columnsWithDatabase : columnsOf);
  return {
    columns: columns.map(([title]) => title),
    rows: contenders.map((contender) => columns.map(([, cell]) => cell(contender))),
  };
}

export const feedColumns = [
  "",
  "memory each",
  "updates a second",
  "p50 ms",
  "p99 ms",
  "CPU µs each",
] as const;

export const feedCells = ({
  title,
  memoryEach,
  updatesPerSecond,
  p50,
  p99,
  cpuMicros,
}: FeedResult): string[] => [
  title,
  memoryEach === undefined ? nothing : `${(memoryEach / 1000).toPrecision(3)} kB`,
  digits(updatesPerSecond),
  digits(p50),
  digits(p99),
  cpuMicros === undefined ? nothing : digits(cpuMicros),
];

export const goalColumns = ["", "at least, or at most", "measured", "rounds", "", "raw"] as const;

export const goalCells = ({ what, wants, bound, figure, unit, reached, raw }: GoalRow): string[] => [
  what,
  `${"least" in bound ? "≥" : "≤"} ${wants}`,
  figure ? `${digits(figure.median)} ${unit}` : nothing,
  spread(figure),
  reached === undefined ? "not measured" : reached ? "pass" : "miss",
  raw,
];

export const memoryColumns = ["", "at rest", "at most"] as const;

export const memoryCells = ({ server, atRest, peak }: Results["memory"][number]): string[] => [
  server,
  megabytes(atRest),
  megabytes(peak),
];

const megabytes = (bytes: number | undefined): string =>
  bytes === undefined ? nothing : `${Math.round(bytes / 1e6)} MB`;

/** The machine and the method, in sentences. */
export function circumstances({ machine, settings, date, command }: Results): string[] {
  const { customers } = settings;
  return [
    `${date.slice(0, 10)}, \`${command}\`: ${settings.rounds} round${settings.rounds === 1 ? "" : "s"} of ${settings.seconds} s each.`,
    `${machine.processor}, ${machine.cores} cores, ${Math.round(machine.memory / 2 ** 30)} GiB, ${machine.system}, Node ${machine.node}; fsync of 4 KiB ${machine.fsync.toPrecision(2)} ms; load before ${machine.loadBefore.toFixed(1)}.`,
    `${customers.few.toLocaleString("en")} customers where nothing else is said.`,
  ];
}

/** The start and the bundle, in sentences. */
export function others({ startUp, bundle }: Results): string[] {
  return [
    ...(startUp
      ? [
          `Start to the first answer: ${digits(startUp.median)} ms (${digits(startUp.low)} to ${digits(startUp.high)}).`,
        ]
      : []),
    ...(bundle
      ? [
          `Client in a browser bundle: ${(bundle.plain / 1000).toFixed(1)} kB minified, ${(bundle.gzip / 1000).toFixed(1)} kB gzip.`,
        ]
      : []),
  ];
}
