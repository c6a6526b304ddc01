import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "@roster/api/testing/free-port";
import { createClient } from "@roster/client";
import { expect, it } from "vitest";
import { startServer } from "../server.ts";
import { webhookEnv } from "./receiver.ts";

const guide = readFileSync(new URL("../../../../docs/feed.md", import.meta.url), "utf8");
const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => Function;
const [making = "", receiver = "", lookingAfter = ""] = guide
  .slice(guide.indexOf("## Webhooks"))
  .split(/^```/m)
  .flatMap((part) => (part.startsWith("ts\n") ? [part.slice(3)] : []));

it("the receiver in the guide accepts each event once, and nothing unsigned", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({ ...webhookEnv, WEBHOOK_RETRY_SECONDS: "0.2,0.5,0.5,0.5,0.5,0.5" });
  const client = createClient({ url: server.url, token: server.token });
  const run = (code: string, rest: object): Promise<{ id: string; secret: string }> =>
    new AsyncFunction("client", ...Object.keys(rest), code)(client, ...Object.values(rest)) as never;
  const { id, secret } = await run(
    `${making.replace("https://crm.example/roster", url)}; return { id, secret }`,
    {},
  );
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", receiver], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { PATH: process.env["PATH"], WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    const until = async (lines: number) => {
      for (let i = 0; printed.split("\n").length <= lines && i < 500; i++) await pause(20);
    };
    const customer = await client.customer.create.mutate({ name: "Ada" });
    await client.customer.update.mutate({ where: { id: customer.id }, patch: { name: "Ada L." } });
    await until(2);
    const expected = `customer.created ${customer.id} 1\ncustomer.updated ${customer.id} 2\n`;
    expect(printed).toBe(expected);

    await client.webhook.replay.mutate({ where: { id }, after: 0 });
    for (let accepted = 0; accepted < 4; await pause(20)) {
      const { items } = await client.webhook.deliveries.query({ where: { id } });
      accepted = items.filter(({ outcome }) => outcome === "delivered").length;
      expect(items.every(({ at }) => at instanceof Date)).toBe(true);
    }
    expect((await fetch(url, { method: "POST", body: '{"type":"customer.erased"}' })).status).toBe(401);
    expect(printed).toBe(expected);
    await run(lookingAfter, { id });
  } finally {
    child.kill();
    await server.dispose();
  }
});
