import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { updateBeside } from "./beside.ts";

/** The checks beside hostile requests must find each of these. */

let server: Server | undefined;
afterEach(() => void server?.close());

/** A server whose answers to updates and `/readyz` the test sets. It also creates customers. */
async function serve(
  update: () => { status: number; version: number },
  ready: () => number,
): Promise<string> {
  server = createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json", connection: "close" });
      response.end(JSON.stringify(body));
    };
    if (request.url === "/readyz") return answer(ready(), {});
    if (request.url === "/trpc/customer.create") return answer(200, { result: { data: { id: "x" } } });
    const { status, version } = update();
    if (status === 200) return answer(200, { result: { data: { version } } });
    answer(status, { error: { data: { error: { code: "UNAVAILABLE", message: "no" } } } });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each<[what: string, answers: { status?: number; version?: number; ready?: number }, found: string]>([
  ["an update that is refused", { status: 503 }, "answered 503"],
  ["an update that fails", { status: 500 }, "answered 500"],
  ["an update that was stored before", { version: 1 }, "makes version 1"],
  ["a server that is not ready", { ready: 503 }, "/readyz answers 503"],
])("%s is found", async (_what, { status = 200, version: wrong, ready = 200 }, found) => {
  let version = 1;
  const bad = (count: number) => count === 4;
  const url = await serve(
    () => {
      version++;
      return { status: bad(version) ? status : 200, version: bad(version) ? (wrong ?? version) : version };
    },
    () => (bad(version) ? ready : 200),
  );
  const beside = await updateBeside(url, "token");
  await expect.poll(() => version).toBeGreaterThan(4);
  const { problems } = await beside.stop();
  expect(problems.join()).toContain(found);
});

it("updates that are all stored are not a finding", async () => {
  let version = 1;
  const url = await serve(
    () => ({ status: 200, version: ++version }),
    () => 200,
  );
  const beside = await updateBeside(url, "token");
  await expect.poll(() => version).toBeGreaterThan(4);
  expect(await beside.stop()).toEqual({ problems: [], updates: version - 1 });
});
