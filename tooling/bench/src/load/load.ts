import { messageOf, start, type Child } from "../child.ts";
import type { Job, Outcome, Report } from "./job.ts";

/** @returns the CPU time used so far, in microseconds; undefined if the system does not report it */
export type Meter = () => number | undefined;

/** The outcome of a job, with the CPU time of its meters during the measurement, in microseconds. */
export interface Loaded<Name extends string> extends Outcome {
  cpuMicros: Record<Name, number | undefined>;
}

export const startGenerator = (): Child => start("the load generator", "load/generator.ts");

/**
 * Carries out a job.
 * @param by the program that makes the requests
 * @param meters the meters of the programs that answer them
 */
export async function load<Name extends string>(
  by: Child,
  meters: Record<Name, Meter>,
  job: Job,
): Promise<Loaded<Name>> {
  const names = Object.keys(meters) as Name[];
  const read = () => names.map((name) => meters[name]());
  let before: (number | undefined)[] = [];
  let after: (number | undefined)[] = [];
  const outcome = messageOf(by, (message) => {
    const report = message as Report;
    if (report.job === "begin") before = read();
    if (report.job === "end") after = read();
    return report.job === "done" ? report.outcome : undefined;
  });
  by.process.send(job);
  const done = await outcome;
  const used = names.map((name, i) => {
    const [from, to] = [before[i], after[i]];
    return [name, from === undefined || to === undefined ? undefined : to - from] as const;
  });
  return { ...done, cpuMicros: Object.fromEntries(used) as Record<Name, number | undefined> };
}
