import { RosterError } from "@roster/domain";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { CommitObserver } from "../../store/commit/commit-observer.ts";
import type { GroupCommit } from "../../store/commit/group-commit.ts";
import { durations } from "./requests.ts";

/** What GroupCommit does. A mark is when a command began to wait. */
export function commitMetrics(
  registry: Registry,
  commits: Pick<GroupCommit, "depth" | "writable">,
): CommitObserver<number> {
  const registers = [registry];
  const depth = new Gauge({
    name: "roster_write_queue_depth",
    help: "Changes that wait for a transaction.",
    registers,
    collect() {
      depth.set(commits.depth);
    },
  });
  const wait = new Histogram({
    name: "roster_write_queue_wait_seconds",
    help: "How long a change waits until its transaction begins; again for each one that it is tried in.",
    buckets: [...durations],
    registers,
  });
  const size = new Histogram({
    name: "roster_write_batch_size",
    help: "Changes that share a transaction.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  });
  const transactions = new Counter({
    name: "roster_write_transactions_total",
    help: "Write transactions by their end: stored; superseded, which are tried again; split, whose changes are retried in parts; failed.",
    labelNames: ["end"],
    registers,
  });
  const transaction = new Histogram({
    name: "roster_write_transaction_duration_seconds",
    help: "A write transaction that was stored, from its begin, with the wait for other writers, to when it is on disk.",
    buckets: [...durations],
    registers,
  });
  const commit = new Histogram({
    name: "roster_commit_duration_seconds",
    help: "The last part of that: the commit itself.",
    buckets: [...durations],
    registers,
  });
  const refused = new Counter({
    name: "roster_writes_refused_total",
    help: "Changes that were refused, by the code of the refusal; OVERLOADED: since too many waited.",
    labelNames: ["code"],
    registers,
  });
  const writable = new Gauge({
    name: "roster_database_writable",
    help: "Whether the database has stored what it was given last, 1 or 0; every /readyz tries.",
    registers,
    collect() {
      writable.set(commits.writable ? 1 : 0);
    },
  });
  const secondsSince = (then: number): number => (performance.now() - then) / 1000;

  return {
    queued: () => performance.now(),
    begun(marks) {
      const begun = performance.now();
      let committing = begun;
      size.observe(marks.length);
      for (const mark of marks) wait.observe((begun - mark) / 1000);
      return {
        committing: () => void (committing = performance.now()),
        ended(how) {
          transactions.inc({ end: how });
          if (how !== "stored") return;
          transaction.observe(secondsSince(begun));
          commit.observe(secondsSince(committing));
        },
      };
    },
    refused(error) {
      refused.inc({ code: error instanceof RosterError ? error.code : "INTERNAL" });
    },
  };
}
