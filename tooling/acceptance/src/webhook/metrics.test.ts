import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, webhookEnv, type Receiver } from "./receiver.ts";
import { useServer } from "../use-server.ts";

/**
 * A server of its own: the metrics count the webhooks of every tenant, and those of other tests retry and are
 * disabled in their own time. The long timeout keeps the node's leases while the machine is busy.
 */
const { server, rpc } = useServer({
  ...webhookEnv,
  WEBHOOK_TIMEOUT_SECONDS: "15",
  METRICS_TOKEN: "metrics",
});
let receiver: Receiver;
beforeAll(async () => void (receiver = await startReceiver()));
afterAll(() => receiver.close());

async function figures(): Promise<Record<string, number>> {
  const headers = { authorization: "Bearer metrics" };
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
  const figure = (name: string): number => {
    const line = text.split("\n").find((one) => one.startsWith(`${name} `));
    if (line === undefined) throw new Error(`there is no ${name}`);
    return Number(line.slice(name.length));
  };
  const deliveries = (outcome: string) => figure(`roster_webhook_deliveries_total{outcome="${outcome}"}`);
  return {
    delivered: deliveries("delivered"),
    retrying: deliveries("retrying"),
    failed: deliveries("failed"),
    held: figure("roster_webhooks_held"),
    pending: figure("roster_webhook_pending_records"),
    seconds: figure("roster_webhook_oldest_pending_seconds"),
  };
}

async function call(path: string, input: object): Promise<void> {
  const { error } = await rpc(path, input);
  if (error) throw new Error(`${path}: ${error.code} ${error.message}`);
}

it("the metrics count attempts by outcome, and what is pending", async () => {
  const none = { delivered: 0, retrying: 0, failed: 0, held: 0, pending: 0, seconds: 0 };
  expect(await figures()).toEqual(none);
  await call("webhook.create", { url: receiver.url, events: ["customer.created"] });
  await call("customer.create", {});
  await expect.poll(figures, { timeout: 60_000 }).toEqual({ ...none, delivered: 1, held: 1 });
  receiver.answer = () => ({ status: 500, headers: { "retry-after": "600" } });
  await call("customer.create", {});
  await expect
    .poll(figures, { timeout: 60_000 })
    .toEqual({ ...none, delivered: 1, held: 1, retrying: 1, pending: 1, seconds: expect.any(Number) });
  expect((await figures())["seconds"]).toBeGreaterThan(0);
});
