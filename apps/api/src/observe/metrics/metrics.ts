import { Registry } from "prom-client";
import type { CommitObserver } from "../../store/commit/commit-observer.ts";
import type { Database } from "../../store/database.ts";
import type { GroupCommit } from "../../store/commit/group-commit.ts";
import { commitMetrics } from "./commits.ts";
import { databaseMetrics } from "./database.ts";
import { processMetrics } from "./process.ts";
import { requestMetrics } from "./requests.ts";

/** The metrics that Prometheus can scrape. */
export interface Metrics extends ReturnType<typeof requestMetrics> {
  /** This api's own registry. Other parts register their metrics here. */
  readonly registry: Registry;
  readonly commits: CommitObserver;
  /** All metrics in Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/**
 * Creates the metrics of one api. Each subject has its own file in this folder. Label values come from the
 * code, never from callers, so their number is bounded.
 */
export function createMetrics(database: Database, commits: GroupCommit): Metrics {
  const registry = new Registry();
  const requests = requestMetrics(registry);
  const observer = commitMetrics(registry, commits);
  databaseMetrics(registry, database);
  return {
    registry,
    ...requests,
    commits: observer,
    text: async () =>
      (await Promise.all([registry, processMetrics()].map((one) => one.metrics()))).join("\n"),
    contentType: registry.contentType,
  };
}
