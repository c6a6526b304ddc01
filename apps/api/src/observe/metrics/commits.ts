import { RosterError } from "@roster/domain";
import { Counter, Histogram, type Registry } from "prom-client";
import type { CommitObserver } from "../../store/commit/commit-observer.ts";
import type { GroupCommit } from "../../store/commit/group-commit.ts";
import { gauge } from "./gauge.ts";
import { durations } from "./requests.ts";

/** The metrics of GroupCommit. A mark is the time at which a command was queued. */
export function commitMetrics(
  registry: Registry,
  commits: Pick<GroupCommit, "depth" | "writable">,
): CommitObserver<number> {
  const registers = [registry];
  gauge(registry, "roster_write_queue_depth", "Changes waiting for a transaction.", () => commits.depth);
  const wait = new Histogram({
    name: "roster_write_queue_wait_seconds",
    help: "Wait of a change until its transaction begins; counted again for each attempt.",
    buckets: durations,
    registers,
  });
  const size = new Histogram({
    name: "roster_write_batch_size",
    help: "Changes per transaction.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  });
  const transactions = new Counter({
    name: "roster_write_transactions_total",
    help: "Write transactions by outcome: stored; superseded, which are retried; split, whose changes are retried in parts; failed.",
    labelNames: ["end"],
    registers,
  });
  const transaction = new Histogram({
    name: "roster_write_transaction_duration_seconds",
    help: "Duration of stored write transactions, from begin (including the wait for other writers) to durable storage.",
    buckets: durations,
    registers,
  });
  const commit = new Histogram({
    name: "roster_commit_duration_seconds",
    help: "Duration of the commit itself, the last part of a write transaction.",
    buckets: durations,
    registers,
  });
  const refused = new Counter({
    name: "roster_writes_refused_total",
    help: "Refused changes by code; OVERLOADED: the queue was full.",
    labelNames: ["code"],
    registers,
  });
  gauge(
    registry,
    "roster_database_writable",
    "Whether the last write to the database succeeded, 1 or 0; each /readyz tries one.",
    () => Number(commits.writable),
  );
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
