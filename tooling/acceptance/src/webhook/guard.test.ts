import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { faultCodes, rpcOf } from "../rpc.ts";
import { startServer } from "../server.ts";
import { startReceiver, webhookEnv } from "./receiver.ts";
import { useServer } from "../use-server.ts";

/** A server that may send only to the public internet, which is the default. */

const { WEBHOOK_ALLOW: _, ...strict } = webhookEnv;
const { rpc } = useServer(strict);

describe("webhooks do not reach internal addresses", () => {
  it.each([
    "http://x.example",
    "https://127.0.0.1",
    "https://[::1]:8443",
    "https://169.254.169.254",
    "https://u:p@x.example",
  ])("%s is refused when the webhook is created or changed", async (url) => {
    expect(faultCodes((await rpc("webhook.create", { url, events: ["*"] })).error)).toEqual({
      "/url": "invalid_format",
    });
    const made = await rpc("webhook.create", { url: "https://x.example", events: ["*"], enabled: false });
    const where = { id: made.data["id"] };
    const changed = await rpc("webhook.update", { where, patch: { url } });
    expect(faultCodes(changed.error)).toEqual({ "/patch/url": "invalid_format" });
    await rpc("webhook.delete", { where });
  });

  it("through a name of this machine: no connection is made, and the delivery log gives the reason", async () => {
    let connections = 0;
    const inside = createServer((socket) => socket.destroy(void connections++)).listen(0, "127.0.0.1");
    await new Promise((resolve) => inside.once("listening", resolve));
    const receiver = await startReceiver();
    const url = `https://localhost:${(inside.address() as AddressInfo).port}`;
    const { data } = await rpc("webhook.create", { url, events: ["customer.created"] });
    const where = { id: data["id"] };
    await rpc("customer.create", {});
    const attempts = async () =>
      (await rpc("webhook.deliveries", { where })).data["items"] as Record<string, unknown>[];
    await receiver.until(async () => (await attempts()).length > 0);
    expect((await attempts()).at(-1)).toMatchObject({
      status: null,
      error: "the name resolves to no permitted address",
    });
    expect(connections).toBe(0);
    await receiver.close();
    inside.close();
  });
});

it("without ROSTER_SECRET no webhook can be created, because its secret could not be stored safely", async () => {
  const open = await startServer();
  const { error } = await rpcOf(open.url, open.token)("webhook.create", {
    url: "https://x.example",
    events: ["*"],
  });
  expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("ROSTER_SECRET") });
  await open.dispose();
});
