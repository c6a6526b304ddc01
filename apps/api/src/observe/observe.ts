import type { Logger } from "pino";
import type { CommitObserver } from "../store/commit/commit-observer.ts";
import type { Database } from "../store/database.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { Observers } from "./requests.ts";
import type { ObserveConfig } from "./observe-config.ts";

/** Starts the configured parts; others are not even loaded. */
export async function observe(
  { database, commits, logger }: { database: Database; commits: GroupCommit; logger: Logger },
  { metricsToken, traces }: ObserveConfig,
): Promise<Observers> {
  const metrics =
    metricsToken === undefined
      ? undefined
      : (await import("./metrics/metrics.ts")).createMetrics(database, commits);
  const tracing = traces && (await import("./tracing.ts")).startTracing(traces, logger);
  const observers = [metrics?.commits, tracing?.commits].filter((one) => one !== undefined);
  const [first, ...others] = observers;
  if (first) commits.observe(others.length === 0 ? first : together(observers));
  return { logger, metrics, tracing };
}

/** Combines observers. For a command, the combination keeps the marks of all observers. */
const together = (observers: readonly CommitObserver[]): CommitObserver<readonly unknown[]> => ({
  queued: () => observers.map((one) => one.queued()),
  begun(marks) {
    const begun = observers.map((one, i) => one.begun(marks.map((mark) => mark[i])));
    return {
      committing() {
        for (const one of begun) one.committing();
      },
      ended(how) {
        for (const one of begun) one.ended(how);
      },
    };
  },
  refused(error, mark) {
    for (const [i, one] of observers.entries()) one.refused(error, mark?.[i]);
  },
});
