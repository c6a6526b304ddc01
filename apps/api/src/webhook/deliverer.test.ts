import { createServer, type AddressInfo } from "node:net";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseCreate, webhookFields } from "@roster/domain";
import { openTestStore, type TestStore } from "../testing/test-store.ts";
import { Deliverer } from "./deliverer.ts";
import { webhookSettings } from "./settings.ts";
import { SigningSecrets } from "./signing.ts";
import { Webhooks } from "./webhooks.ts";

let test: TestStore;
let deliverer: Deliverer;
let webhooks: Webhooks;

const secret = "thirty-two characters, or some more";
const settings = webhookSettings({ secret, allow: ["127.0.0.1"], timeout: 400 });

beforeEach(async () => {
  test = await openTestStore();
  const { parts: store } = test;
  webhooks = new Webhooks(store, settings);
  deliverer = new Deliverer({
    store,
    settings,
    secrets: new SigningSecrets(secret),
    logger: pino({ level: "silent" }),
    disable: (key, reason) => webhooks.disable(key, reason),
  });
  test.commits.onCommitted((writes) => deliverer.committed(writes));
});
afterEach(async () => {
  await deliverer.close();
  await test.close();
});

it("without webhooks, a change costs no additional reads or writes", async () => {
  const { id } = await test.create();
  const { database, commits } = test.parts;
  const reads = vi.spyOn(database, "lastSeqs");
  const writes = vi.spyOn(commits, "submit");
  for (let i = 0; i < 20; i++) await test.update(id, { name: `n${i}` });
  expect(reads).not.toHaveBeenCalled();
  expect(writes).toHaveBeenCalledTimes(20);
});

it("a commit contains at most one note, however much is delivered", async () => {
  let requests = 0;
  const receiver = createServer((socket) => {
    socket.on("data", (chunk) => {
      if (!chunk.includes("POST")) return;
      requests++;
      socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  await webhooks.create(test.actor, parseCreate(webhookFields, { url, events: ["customer.updated"] }));
  const records = await Promise.all(Array.from({ length: 20 }, () => test.create()));
  let commits = 0;
  let notes = 0;
  test.commits.onCommitted(() => void commits++);
  const { submit } = test.commits;
  vi.spyOn(test.commits, "submit").mockImplementation((command) => {
    if ("keep" in command) notes++;
    return submit.call(test.commits, command);
  });
  for (let i = 0; i < 20; i++) await Promise.all(records.map(({ id }) => test.update(id, { name: `n${i}` })));
  await vi.waitUntil(() => requests >= 400, 60_000);
  await deliverer.close();
  expect(deliverer.pending.records).toBe(0);
  expect(notes).toBeGreaterThan(1);
  expect(notes).toBeLessThanOrEqual(commits);
  // Far fewer notes than deliveries.
  expect(notes).toBeLessThan(200);
  receiver.close();
});
