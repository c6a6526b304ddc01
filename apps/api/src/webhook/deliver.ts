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
  let deliverer: Deliverer | undefined;
  const attempted =
    metrics && (await import("./metrics.ts")).webhookMetrics(metrics.registry, () => deliverer);
  const made = (deliverer = new Deliverer({
    store,
    settings,
    secrets,
    logger,
    attempted,
    disable: (key, reason) => webhook.disable(key, reason),
  }));
  store.commits.onCommitted((writes) => made.committed(writes));
  // Deliveries run outside the context of any request.
  webhook.onReplay = () => inNoRequest(() => void made.replay());
  return made;
}
