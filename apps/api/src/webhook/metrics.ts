import { deliveryOutcomes, type DeliveryOutcome } from "@roster/domain";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Deliverer } from "./deliverer.ts";

/**
 * The metrics of the webhooks that this node holds.
 * @returns a function that counts an attempt
 */
export function webhookMetrics(
  registry: Registry,
  deliverer: () => Pick<Deliverer, "pending"> | undefined,
): (outcome: DeliveryOutcome) => void {
  const registers = [registry];
  const deliveries = new Counter({
    name: "roster_webhook_deliveries_total",
    help: "Delivery attempts by outcome: delivered; retrying, which failed and are retried; failed permanently.",
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
  gauge("roster_webhooks_held", "Webhooks whose events this node delivers.", ({ webhooks }) => webhooks);
  gauge(
    "roster_webhook_pending_records",
    "Records with changes to deliver, counted once per webhook; at most 256 for one webhook.",
    ({ records }) => records,
  );
  gauge(
    "roster_webhook_oldest_pending_seconds",
    "Age of the oldest change that is still to be delivered; 0 if there is none.",
    ({ oldest }) => (oldest === undefined ? 0 : Math.max(0, (Date.now() - Date.parse(oldest)) / 1000)),
  );
  return (outcome) => deliveries.inc({ outcome });
}
