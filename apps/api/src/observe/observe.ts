import type { Logger } from "pino";
import type { CommitObserver } from "../store/commit/commit-observer.ts";
import type { Database } from "../store/database.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { Observers } from "./requests.ts";
import type { Sampling } from "./sampling.ts";

/** Configures observability. A part that is not configured is off. */
export interface ObserveConfig {
  /** The token for `/metrics`. */
  metricsToken?: string | undefined;
  /** Trace sampling. The exporter is configured by the standard OpenTelemetry variables. */
  traces?: Sampling | undefined;
}

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
  if (observers.length > 0) commits.observe(observers.reduce(together));
  return { logger, metrics, tracing };
}

/** Combines two observers. */
function together<One, Two>(one: CommitObserver<One>, two: CommitObserver<Two>): CommitObserver<[One, Two]> {
  return {
    queued: () => [one.queued(), two.queued()],
    begun(marks) {
      const first = one.begun(marks.map(([mark]) => mark));
      const second = two.begun(marks.map(([, mark]) => mark));
      return {
        committing() {
          first.committing();
          second.committing();
        },
        ended(how) {
          first.ended(how);
          second.ended(how);
        },
      };
    },
    refused(error, mark) {
      one.refused(error, mark?.[0]);
      two.refused(error, mark?.[1]);
    },
  };
}
