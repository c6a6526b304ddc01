import { inNoRequest } from "../observe/current-request.ts";
import type { Observers } from "../observe/requests.ts";
import type { Store } from "../record/command.ts";
import { Deliverer } from "./deliverer.ts";
import type { WebhookSettings } from "./settings.ts";
import type { Webhooks } from "./webhooks.ts";

/**
 * Starts delivering events if the installation has a key for signing secrets.
 * @returns the deliverer, which must be closed before the store; undefined without a key
 */
export async function deliverWebhooks(
  store: Store,
  webhook: Webhooks,
  settings: WebhookSettings,
  { logger, metrics }: Observers,
): Promise<Deliverer | undefined> {
  const { secrets } = settings;
  if (!secrets) return undefined;
  const library = metrics && (await import("./metrics.ts"));
  const deliverer = new Deliverer({
    store,
    settings,
    secrets,
    logger,
    disable: (key, reason) => webhook.disable(key, reason),
  });
  if (metrics) library?.webhookMetrics(metrics.registry, deliverer);
  store.commits.onCommitted((writes) => deliverer.committed(writes));
  // Deliveries run outside the context of any request.
  webhook.onReplay = () => inNoRequest(() => void deliverer.replay());
  return deliverer;
}
