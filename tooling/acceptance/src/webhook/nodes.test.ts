import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { newDatabase, startServer, type Server, type TestDatabase } from "../server.ts";
import { accepted, startReceiver, webhookEnv, type Message, type Receiver } from "./receiver.ts";

/** Two servers on one database: two nodes on a PostgreSQL, or two processes on one SQLite file. */

const token = "acceptance-token";
const webhooks = ["/a", "/b", "/c"];
/** As many attempts as one node has under way for one webhook. */
const concurrency = 8;

let database: TestDatabase;
let receiver: Receiver;
let servers: Server[];
let customers: string[];

const start = async (): Promise<Server> => {
  const server = await startServer({
    ...webhookEnv,
    // Who dies is replaced after two seconds.
    WEBHOOK_TIMEOUT_SECONDS: "0.5",
    DATABASE_URL: database.url,
    ROSTER_TOKEN: token,
  });
  servers.push(server);
  return server;
};

beforeEach(async () => {
  database = await newDatabase();
  receiver = await startReceiver();
  servers = [];
  const rpc = rpcOf((await start()).url, token);
  await start();
  customers = [];
  for (let i = 0; i < 10; i++) customers.push((await rpc("customer.create", {})).data["id"] as string);
  for (const path of webhooks)
    await rpc("webhook.create", { url: receiver.url + path, events: ["customer.updated"] });
  receiver.answer = () => ({ status: 200, after: 20 * Math.random() });
});
afterEach(async () => {
  for (const server of servers) await server.dispose();
  await receiver.close();
  await database.drop();
});

/** Updates of all customers, a few at a time; each of the servers gets some of them. */
async function update(rounds: number, to: () => Server[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      customers.map(async (id, i) => {
        const rpcs = to().map(({ url }): Rpc => rpcOf(url, token));
        const rpc = rpcs[i % rpcs.length] as Rpc;
        const input = { where: { id }, patch: { name: `n${round}` } };
        expect((await rpc("customer.update", input)).status).toBe(200);
      }),
    );
  }
}

const countOf = (path: string): number =>
  new Set(accepted(receiver.messages).flatMap((message) => (message.path === path ? [message.id] : []))).size;

/** All events came, each record's in order, and no two messages about a record at the same time. */
function check(rounds: number): void {
  for (const path of webhooks) {
    const all = receiver.messages.filter((message) => message.path === path);
    for (const id of customers) {
      const mine = all.filter(({ event }) => event.data.recordId === id).toSorted((a, b) => a.from - b.from);
      const firsts = [...new Set(accepted(mine).map(({ event }) => event.data.version))];
      expect(firsts).toEqual(Array.from({ length: rounds }, (_, i) => i + 2));
      for (const [i, next] of mine.slice(1).entries()) {
        expect(next.from).toBeGreaterThanOrEqual((mine[i] as Message).until);
      }
    }
  }
}

const doubles = (path: string): number =>
  accepted(receiver.messages).filter((message) => message.path === path).length - countOf(path);

it("deliver every event once, whichever of them has made the change, also when one of them stops", async () => {
  await update(5, () => servers);
  const [first, second] = servers as [Server, Server];
  const stopped = first.stop();
  await update(5, () => [second]);
  await receiver.until(() => webhooks.every((path) => countOf(path) === 100));
  expect(await stopped).toBe(0);
  check(10);
  expect(webhooks.map(doubles)).toEqual([0, 0, 0]);
});

it("lose nothing when one is killed, and send no more again than it had under way", async () => {
  const [first, second] = servers as [Server, Server];
  await update(4, () => servers);
  const rest = update(6, () => [second]);
  await receiver.until(() => receiver.messages.length > 30);
  await first.stop("SIGKILL");
  await rest;
  await receiver.until(() => webhooks.every((path) => countOf(path) === 100), 15_000);
  check(10);
  for (const path of webhooks) expect(doubles(path)).toBeLessThanOrEqual(concurrency);
});

it("lose nothing when both are killed again and again", async () => {
  const rounds = 3;
  for (let round = 0; round < rounds; round++) {
    await update(2, () => servers);
    await pause(100 * Math.random());
    await Promise.all(servers.splice(0).map((server) => server.stop("SIGKILL")));
    await Promise.all([start(), start()]);
  }
  await receiver.until(() => webhooks.every((path) => countOf(path) === 2 * rounds * 10), 15_000);
  check(2 * rounds);
  for (const path of webhooks) expect(doubles(path)).toBeLessThanOrEqual(rounds * concurrency);
});

it("do not send the same at the same time when one stands still for long and then goes on", async () => {
  const [first, second] = servers as [Server, Server];
  await update(4, () => [second]);
  for (let round = 0; round < 2; round++) {
    const still = round === 0 ? first : second;
    const goes = round === 0 ? second : first;
    const rest = update(3, () => [goes]);
    await pause(20);
    still.child.kill("SIGSTOP");
    await rest;
    await receiver.until(() => webhooks.every((path) => countOf(path) === 40 + 30 * (round + 1)), 15_000);
    still.child.kill("SIGCONT");
    await pause(100);
  }
  await pause(1_000);
  check(10);
});
