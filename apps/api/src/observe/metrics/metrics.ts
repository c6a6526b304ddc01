import { Registry } from "prom-client";
import type { CommitObserver } from "../../store/commit/commit-observer.ts";
import type { Database } from "../../store/database.ts";
import type { GroupCommit } from "../../store/commit/group-commit.ts";
import { commitMetrics } from "./commits.ts";
import { databaseMetrics } from "./database.ts";
import { processMetrics } from "./process.ts";
import { requestMetrics } from "./requests.ts";

/** The metrics that Prometheus can scrape. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Creates the metrics of one api. Each subject has its own file in this folder. Label values come from the
 * code, never from callers, so their number is bounded.
 */
export function createMetrics(database: Database, commits: GroupCommit) {
  const registry = new Registry();
  const requests = requestMetrics(registry);
  const observer: CommitObserver = commitMetrics(registry, commits);
  databaseMetrics(registry, database);
  return {
    /** This api's own registry. Other parts register their metrics here. */
    registry,
    ...requests,
    commits: observer,
    /** All metrics in Prometheus's text format. */
    text: async () =>
      (await Promise.all([registry, processMetrics()].map((one) => one.metrics()))).join("\n"),
    contentType: registry.contentType,
  };
}
