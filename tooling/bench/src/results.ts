import type { Machine } from "./machine.ts";
import type { Contender, Scenario } from "./plan.ts";
import type { Summary } from "./summary.ts";

/** A performance goal, and how far it is reached. */
export interface GoalRow {
  what: string;
  /** The goal, in words and as a bound. */
  wants: string;
  bound: { least: number } | { most: number };
  figure: Summary | undefined;
  unit: "×" | "ms" | "µs" | "MB" | "kB";
  /** The two figures behind a ratio, if it is one. */
  raw: string;
  /** Undefined if not measured. */
  reached: boolean | undefined;
}

/** The figures of one measurement of a contender. */
export interface Sample {
  /** Updates, reads or lists per second. */
  perSecond: number;
  /** The latency of a request, in milliseconds. */
  p50: number;
  p99: number;
  /** CPU time for one update, read or list, in microseconds: of the server, and of a database beside it. */
  cpuMicros: number | undefined;
  databaseCpuMicros: number | undefined;
}

export interface ContenderResult extends Pick<Contender, "id" | "title" | "kind"> {
  /** One value per round. */
  samples: Sample[];
  perSecond: Summary | undefined;
  p50: Summary | undefined;
  p99: Summary | undefined;
  cpuMicros: Summary | undefined;
  databaseCpuMicros: Summary | undefined;
  /** The rate relative to the scenario's base. */
  ratio: Summary | undefined;
}

export interface ScenarioResult extends Pick<Scenario, "id" | "title" | "what" | "connections" | "base"> {
  contenders: ContenderResult[];
}

/** The change feed with a number of watchers. */
export interface FeedResult {
  id: string;
  title: string;
  watchers: number;
  /** The server's memory for one idle watcher, in bytes. */
  memoryEach: number | undefined;
  updatesPerSecond: number;
  /** Changes delivered, over all watchers. */
  events: number;
  /** The time from the answer to an update until a watcher has its change, in milliseconds. */
  p50: number;
  p99: number;
  /** The server's CPU time per delivered change, with its share of the update, in microseconds. */
  cpuMicros: number | undefined;
}

/** Memory of a server, in bytes. */
export interface MemoryResult {
  server: string;
  atRest: number | undefined;
  peak: number | undefined;
}

/** The checks made during the measurements. */
export interface Checks {
  /** Answers checked, and wrong ones. */
  answers: number;
  wrong: number;
  /** Updates acknowledged, and those found in the databases afterwards. */
  acknowledged: number;
  stored: number;
  /** The faults in words. */
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
  /** The times from the start of the process to its first answer, in milliseconds. */
  startUp: Summary | undefined;
  memory: MemoryResult[];
  /** The client in a browser bundle, minified, in bytes. */
  bundle: { plain: number; gzip: number } | undefined;
  goals: GoalRow[];
  checks: Checks;
}
