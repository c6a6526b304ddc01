import { Counter, Histogram, type Registry } from "prom-client";
import { gauge } from "../observe/metrics/gauge.ts";
import type { Hub } from "./hub.ts";

/** The metrics of this node's change feed. */
export function feedMetrics(registry: Registry, hub: Pick<Hub, "figures" | "onRead">): void {
  const registers = [registry];
  gauge(
    registry,
    "roster_feed_watchers",
    "Readers that watch changes on this node.",
    () => hub.figures.watchers,
  );
  gauge(
    registry,
    "roster_feed_watchers_behind",
    "Of those, readers that are behind and read the log themselves.",
    () => hub.figures.behind,
  );
  const delivered = new Counter({
    name: "roster_feed_delivered_total",
    help: "Changes delivered, counted once per reader.",
    registers,
    collect() {
      delivered.reset();
      delivered.inc(hub.figures.delivered);
    },
  });
  const lag = new Histogram({
    name: "roster_feed_lag_seconds",
    help: "Time from a change, on any node, to its delivery to readers that have caught up.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  hub.onRead = (milliseconds) => lag.observe(milliseconds / 1000);
}
