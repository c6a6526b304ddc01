import { deliveryOutcomes } from "@roster/domain";
import { Counter, type Registry } from "prom-client";
import { gauge } from "../observe/metrics/gauge.ts";
import type { Deliverer } from "./deliverer.ts";

/** The metrics of the webhooks that this node holds. */
export function webhookMetrics(
  registry: Registry,
  deliverer: Pick<Deliverer, "pending" | "onAttempt">,
): void {
  const deliveries = new Counter({
    name: "roster_webhook_deliveries_total",
    help: "Delivery attempts by outcome: delivered; retrying, which failed and are retried; failed permanently.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  for (const outcome of deliveryOutcomes) deliveries.inc({ outcome }, 0);
  gauge(
    registry,
    "roster_webhooks_held",
    "Webhooks whose events this node delivers.",
    () => deliverer.pending.webhooks,
  );
  gauge(
    registry,
    "roster_webhook_pending_records",
    "Records with changes to deliver, counted once per webhook; at most 256 for one webhook.",
    () => deliverer.pending.records,
  );
  gauge(
    registry,
    "roster_webhook_oldest_pending_seconds",
    "Age of the oldest change that is still to be delivered; 0 if there is none.",
    () => {
      const { oldest } = deliverer.pending;
      return oldest === undefined ? 0 : Math.max(0, (Date.now() - Date.parse(oldest)) / 1000);
    },
  );
  deliverer.onAttempt = (outcome) => deliveries.inc({ outcome });
}
