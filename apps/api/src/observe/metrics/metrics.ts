import { Registry } from "prom-client";
import type { CommitObserver } from "../../store/commit/commit-observer.ts";
import type { Database } from "../../store/database.ts";
import type { GroupCommit } from "../../store/commit/group-commit.ts";
import { commitMetrics } from "./commits.ts";
import { databaseMetrics } from "./database.ts";
import { processMetrics } from "./process.ts";
import { requestMetrics } from "./requests.ts";

/** What Prometheus can ask for. */
export interface Metrics extends ReturnType<typeof requestMetrics> {
  /** Of this api, and of no other in the process. What else has something to count registers it here. */
  readonly registry: Registry;
  readonly commits: CommitObserver;
  /** Everything, in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/**
 * The metrics of one api. Each subject has a file beside this one; another begins with a line here.
 * Labels come from the code, and never from what callers send, so that there are few of them.
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
