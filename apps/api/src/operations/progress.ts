import { SingleBar } from "cli-progress";
import type { OnProgress } from "../store/operations.ts";

/**
 * Shows a progress bar on standard error, if it is a terminal, until the work has ended.
 * @param unit the displayed unit of the count
 */
export async function withProgress<Result>(
  unit: string,
  work: (onProgress: OnProgress) => Promise<Result>,
): Promise<Result> {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `{bar} {percentage} %  {value} of {total} ${unit}, {eta_formatted} to go`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    clearOnComplete: true,
  });
  try {
    return await work((done, total) => (bar.isActive ? bar.update(done) : bar.start(total, done)));
  } finally {
    bar.stop();
  }
}
