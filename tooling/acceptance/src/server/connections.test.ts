import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, expect, it, vi } from "vitest";
import { rpcOf } from "../rpc.ts";
import { useServer } from "../use-server.ts";

/** The server memory that a client can tie up by reading nothing. */

const run = promisify(execFile);
vi.setConfig({ testTimeout: 60_000 });

const { server } = useServer();

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** The server's resident memory, in MB. */
async function memory(): Promise<number> {
  const { stdout } = await run("ps", ["-o", "rss=", "-p", String(server.child.pid)]);
  return Number(stdout) / 1024;
}

/** Connections that send requests and read nothing. */
async function flood(connections: number, requests: readonly string[]): Promise<void> {
  const { hostname, port } = new URL(server.url);
  const bytes = requests.join("");
  for (let i = 0; i < connections; i++) {
    const socket = connect(Number(port), hostname);
    open.push(socket);
    // The server may disconnect a client that sends too much.
    socket.on("error", () => {});
    socket.pause();
    await once(socket, "connect");
    socket.write(bytes);
  }
}

/** The growth of the server's memory, in MB, after it has handled everything a client did. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = await memory();
  await work();
  let most = 0;
  for (let i = 0; i < 8; i++) {
    await wait(100);
    most = Math.max(most, await memory());
    // A busy server answers late, but once it answers, it has handled the rest.
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  }
  return most - before;
}

const get = (path: string, headers: Record<string, string> = {}): string =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: roster",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ].join("\r\n");

it("the largest file of a page is in memory once, even if requested a thousand times without a token", async () => {
  const requests = Array.from({ length: 1_000 }, () => get("/docs/swagger-ui-bundle.js"));
  expect(await growth(() => flood(3, requests))).toBeLessThan(250);
});

it("the largest file of a page is in memory once for a hundred connections, too", async () => {
  const requests = Array.from({ length: 16 }, () => get("/docs/swagger-ui-bundle.js"));
  expect(await growth(() => flood(100, requests))).toBeLessThan(250);
});

it("lists for a client that does not read are made one at a time per connection", async () => {
  const rpc = rpcOf(server.url, server.token);
  for (let i = 0; i < 4; i++) {
    const made = Array.from({ length: 25 }, () =>
      rpc("customer.create", { properties: { text: "x".repeat(16_000) } }),
    );
    for (const { status } of await Promise.all(made)) expect(status).toBe(200);
  }
  const input = encodeURIComponent(JSON.stringify({ limit: 200 }));
  const headers = { Authorization: `Bearer ${server.token}` };
  for (const path of [`/trpc/customer.list?input=${input}`, "/api/customers?limit=200"]) {
    const requests = Array.from({ length: 200 }, () => get(path, headers));
    expect(await growth(() => flood(20, requests))).toBeLessThan(300);
  }
});

it.each([
  ["/api/changes?after=0", { Accept: "text/event-stream" }],
  [`/trpc/change.watch?input=${encodeURIComponent('{"after":0}')}`, { Accept: "text/event-stream" }],
])("the server buffers nothing for watchers that read nothing of %s", async (path, accept) => {
  const rpc = rpcOf(server.url, server.token);
  const headers = { ...accept, Authorization: `Bearer ${server.token}` };
  const grown = await growth(async () => {
    await flood(50, [get(path, headers)]);
    for (let i = 0; i < 10; i++) {
      const made = Array.from({ length: 20 }, () =>
        rpc("customer.create", { properties: { text: "x".repeat(16_000) } }),
      );
      await Promise.all(made);
    }
  });
  expect(grown).toBeLessThan(300);
});

it("a page's file is not sent again to a client that has it", async () => {
  const first = await fetch(`${server.url}/docs/swagger-ui-bundle.js`);
  const etag = first.headers.get("etag") as string;
  expect(etag).toMatch(/^"[\w-]{20,}"$/);
  expect(first.headers.get("cache-control")).toContain("max-age=");
  const second = await fetch(`${server.url}/docs/swagger-ui-bundle.js`, {
    headers: { "If-None-Match": `W/"x", ${etag}` },
  });
  expect(second.status).toBe(304);
  expect(await second.text()).toBe("");
});

it("an idle connection stays open for longer than proxies keep theirs", async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  open.push(socket);
  const answer = async (): Promise<string> => {
    socket.write(get("/healthz"));
    return String((await once(socket, "data"))[0]);
  };
  expect(await answer()).toMatch(/^HTTP\/1.1 200 .*^Keep-Alive: timeout=125\r$/ims);
  // Node closes after six seconds by default.
  await wait(7_000);
  expect(await answer()).toMatch(/^HTTP\/1.1 200 /);
});
