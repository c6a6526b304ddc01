import { SingleBar } from "cli-progress";
import type { OnProgress } from "../store/operations.ts";

/**
 * Shows a progress bar on standard error if it is a terminal.
 * @param unit the displayed unit of the count
 */
export function showProgress(unit: string): { update: OnProgress; stop(): void } {
  const bar = new SingleBar({
    stream: process.stderr,
    format: `{bar} {percentage} %  {value} of {total} ${unit}, {eta_formatted} to go`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    clearOnComplete: true,
  });
  let started = false;
  return {
    update(done, total) {
      if (!started) bar.start(total, done);
      else bar.update(done);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
