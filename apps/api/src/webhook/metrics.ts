import { deliveryOutcomes, type DeliveryOutcome } from "@roster/domain";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Deliverer } from "./deliverer.ts";

/** What becomes of webhooks, as far as this node tells them of changes. @returns what counts an attempt */
export function webhookMetrics(
  registry: Registry,
  deliverer: () => Pick<Deliverer, "pending"> | undefined,
): (outcome: DeliveryOutcome) => void {
  const registers = [registry];
  const deliveries = new Counter({
    name: "roster_webhook_deliveries_total",
    help: "Attempts to deliver events: delivered; retrying, which have failed and are tried again; failed for good.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of deliveryOutcomes) deliveries.inc({ outcome }, 0);
  const gauge = (name: string, help: string, read: (pending: Deliverer["pending"]) => number): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers,
      collect() {
        const pending = deliverer()?.pending;
        made.set(pending ? read(pending) : 0);
      },
    });
  };
  gauge("roster_webhooks_held", "Webhooks that this node tells of changes.", ({ webhooks }) => webhooks);
  gauge(
    "roster_webhook_pending_records",
    "Records of whose changes webhooks are still to be told, once for each webhook; 256 for one at most.",
    ({ records }) => records,
  );
  gauge(
    "roster_webhook_oldest_pending_seconds",
    "How long ago the oldest change was made of which a webhook is still to be told; 0 where there is none.",
    ({ oldest }) => (oldest === undefined ? 0 : Math.max(0, (Date.now() - Date.parse(oldest)) / 1000)),
  );
  return (outcome) => deliveries.inc({ outcome });
}
