import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Child } from "../child.ts";
import type { Job } from "./job.ts";
import { load, startGenerator } from "./load.ts";

/** The load generator against a server whose answers the test sets. */

let generator: Child;
let server: Server;
const seen: string[] = [];
let answer: (patch: { addressState: string }) => [status: number, body: string];

beforeAll(async () => {
  generator = startGenerator();
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url}`);
      const [status, text] = answer(JSON.parse(body) as { addressState: string });
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await generator.stop();
  server.close();
});

const job = (more: Partial<Job> = {}): Job => ({
  request: "rest-update",
  ports: [(server.address() as AddressInfo).port],
  tokens: ["t"],
  connections: 4,
  customers: { first: 0, count: 10 },
  from: 1,
  warmUp: 0.02,
  seconds: 0.1,
  ...more,
});

it("counts every answer, and measures those between its two messages", async () => {
  seen.length = 0;
  const numbers: number[] = [];
  answer = ({ addressState: title }) => {
    numbers.push(Number(title.slice("State ".length)));
    return [200, JSON.stringify({ addressState: title })];
  };
  const outcome = await load(generator, {}, job({ from: 500 }));
  expect(outcome.wrong).toBe(0);
  expect(outcome.total).toBe(seen.length);
  expect(outcome.answers).toBeGreaterThan(0);
  expect(outcome.answers).toBeLessThanOrEqual(outcome.total);
  expect(outcome.seconds).toBeGreaterThanOrEqual(0.09);
  expect(outcome.p50).toBeGreaterThan(0);
  expect(outcome.p99).toBeGreaterThanOrEqual(outcome.p50);
  // Each update has a new value, and every customer is updated in turn.
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: outcome.total }, (_, i) => 500 + i));
  expect(new Set(seen).size).toBe(10);
});

it("reports an error, and an answer to another request", async () => {
  answer = ({ addressState: title }) => [500, JSON.stringify({ addressState: title })];
  const failing = await load(generator, {}, job());
  expect(failing.wrong).toBe(failing.total);
  expect(failing.firstWrong).toContain("HTTP/1.1 500");

  answer = () => [200, JSON.stringify({ addressState: "State" })];
  const lying = await load(generator, {}, job());
  expect(lying.total).toBeGreaterThan(0);
  expect(lying.wrong).toBe(lying.total);
});

it("reports that no server answers", async () => {
  const outcome = await load(generator, {}, job({ ports: [9], connections: 2 }));
  expect(outcome).toMatchObject({ total: 2, wrong: 2 });
  expect(outcome.firstWrong).toContain("no answer");
});

it("uses as many numbers for a batch as it has updates", async () => {
  const numbers: number[][] = [];
  answer = (inputs) => {
    const all = Object.values(inputs as unknown as Record<string, { patch: { addressState: string } }>);
    numbers.push(all.map(({ patch }) => Number(patch.addressState.slice("State ".length))));
    return [200, JSON.stringify(all.map(() => ({ applied: true })))];
  };
  const outcome = await load(generator, {}, job({ request: "trpc-batch", connections: 2 }));
  expect(outcome.wrong).toBe(0);
  expect(numbers[0]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set(numbers.flat()).size).toBe(outcome.total * 10);
});
