import type { Machine } from "./machine.ts";
import type { Contender, Scenario } from "./plan.ts";
import type { Summary } from "./summary.ts";

/** How far Roster wants to come, and how far it has. */
export interface ReachRow {
  what: string;
  /** The figure, in words and as a bound. */
  wants: string;
  bound: { least: number } | { most: number };
  figure: Summary | undefined;
  unit: "×" | "ms" | "MB" | "kB";
  /** The two raw figures behind a ratio, or nothing. */
  raw: string;
  /** Undefined where it was not measured. */
  reached: boolean | undefined;
}

/** What one measurement of a contender has given. */
export interface Sample {
  /** Updates, reads or lists in a second. */
  perSecond: number;
  /** Of a whole request, in milliseconds. */
  p50: number;
  p99: number;
  /** CPU time for one update, read or list, in microseconds: of the server, and of a database beside it. */
  cpuMicros: number | undefined;
  databaseCpuMicros: number | undefined;
}

export interface ContenderResult extends Pick<Contender, "id" | "title" | "kind"> {
  /** One for each round. */
  samples: Sample[];
  perSecond: Summary | undefined;
  p50: Summary | undefined;
  p99: Summary | undefined;
  cpuMicros: Summary | undefined;
  databaseCpuMicros: Summary | undefined;
  /** How many times as many in a second as the scenario's base has. */
  ratio: Summary | undefined;
}

export interface ScenarioResult extends Pick<Scenario, "id" | "title" | "what" | "connections" | "base"> {
  contenders: ContenderResult[];
}

/** The change feed, with so many who watch it. */
export interface FeedResult {
  id: string;
  title: string;
  watchers: number;
  /** What one of them costs the server while nothing happens, in bytes. */
  memoryEach: number | undefined;
  updatesPerSecond: number;
  /** Changes that were given, to all watchers together. */
  events: number;
  /** From the answer to an update until a watcher has its change, in milliseconds. */
  p50: number;
  p99: number;
  /** CPU time of the server for one of these, its share of the update included, in microseconds. */
  cpuMicros: number | undefined;
}

/** Memory of a server, in bytes. */
export interface MemoryResult {
  server: string;
  atRest: number | undefined;
  peak: number | undefined;
}

/** What was checked while it was measured. */
export interface Checks {
  /** Answers that were looked at, and those that were not as they should be. */
  answers: number;
  wrong: number;
  /** Updates that were acknowledged, and those that were found in the databases afterwards. */
  acknowledged: number;
  stored: number;
  /** What is the matter, in words. */
  failures: string[];
}

export interface Results {
  date: string;
  command: string;
  machine: Machine;
  settings: {
    rounds: number;
    seconds: number;
    customers: { few: number; many: number; descendants: number; above: number };
  };
  scenarios: ScenarioResult[];
  feeds: FeedResult[];
  /** From the start of the process to its first answer, in milliseconds. */
  startUp: Summary | undefined;
  memory: MemoryResult[];
  /** The client in a browser bundle, minified, in bytes. */
  bundle: { plain: number; gzip: number } | undefined;
  reach: ReachRow[];
  checks: Checks;
}
