import { messageOf, start, usageOf, type Child } from "../child.ts";
import type { Job, Outcome, Report } from "./job.ts";

/** What a job has come to, with the CPU time of the program that was asked. */
export interface Loaded extends Outcome {
  /** CPU time while it was measured, in microseconds; undefined where the system does not say. */
  cpuMicros: number | undefined;
}

export const startGenerator = (): Child => start("the load generator", "load/generator.ts");

/**
 * Has a job done.
 * @param by the program that makes the requests
 * @param pid of the program that answers them
 */
export async function load(by: Child, pid: number, job: Job): Promise<Loaded> {
  let before: number | undefined;
  let after: number | undefined;
  const outcome = messageOf(by, (message) => {
    const report = message as Report;
    if (report.job === "begin") before = usageOf(pid)?.cpuMicros;
    if (report.job === "end") after = usageOf(pid)?.cpuMicros;
    return report.job === "done" ? report.outcome : undefined;
  });
  by.process.send(job);
  const cpuMicros =
    (await outcome) && before !== undefined && after !== undefined ? after - before : undefined;
  return { ...(await outcome), cpuMicros };
}
