import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Hub } from "./hub.ts";

/** What becomes of the feed of changes on this node. */
export function feedMetrics(registry: Registry, hub: Pick<Hub, "figures" | "onRead">): void {
  const registers = [registry];
  const watchers = new Gauge({
    name: "roster_feed_watchers",
    help: "Readers who watch changes at this node.",
    registers,
    collect() {
      watchers.set(hub.figures.watchers);
    },
  });
  const behind = new Gauge({
    name: "roster_feed_watchers_behind",
    help: "Of them, those who have not caught up, and read the log by themselves.",
    registers,
    collect() {
      behind.set(hub.figures.behind);
    },
  });
  const delivered = new Counter({
    name: "roster_feed_delivered_total",
    help: "Changes that were given to readers, once for each.",
    registers,
    collect() {
      delivered.reset();
      delivered.inc(hub.figures.delivered);
    },
  });
  const lag = new Histogram({
    name: "roster_feed_lag_seconds",
    help: "From when a change was made, at whichever node, to when it is given to those who have caught up.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  hub.onRead = (milliseconds) => lag.observe(milliseconds / 1000);
}
