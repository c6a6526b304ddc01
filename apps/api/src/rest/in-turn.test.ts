import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { inTurn, maxUnanswered, type Turns } from "./in-turn.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  handle: (...call: Parameters<RequestListener>) => unknown,
): Promise<() => Promise<Socket>> {
  const turns: Turns = inTurn(handle);
  const server = createServer(turns.listener);
  server.on("clientError", (_, socket) => turns.end(socket, "<unreadable>"));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return async () => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
}

/** The text of a request that keeps the connection open or, if it is the last, closes it. */
const requestOf = (path: string, { body = "", pad = 0, last = false } = {}): string =>
  [
    `${body === "" ? "GET" : "POST"} ${path} HTTP/1.1`,
    "Host: roster",
    `X-Pad: ${"x".repeat(pad)}`,
    ...(body === "" ? [] : [`Content-Length: ${body.length}`]),
    `Connection: ${last ? "close" : "keep-alive"}`,
    "",
    body,
  ].join("\r\n");

/** Sends requests without waiting and returns everything that comes back. */
async function exchange(socket: Socket, requests: readonly string[]): Promise<string> {
  const answers = text(socket);
  for (const request of requests) if (!socket.write(request)) await once(socket, "drain");
  return answers;
}

const paths = (answers: string): string[] => [...answers.matchAll(/<(\S+?)>/g)].map(([, path]) => path ?? "");

describe("pipelined requests", () => {
  it.each([
    ["of 200 bytes", { pad: 120 }, 5_000],
    ["of 1 kB", { pad: 1_000 }, 2_000],
    ["with bodies of 1 kB", { body: "b".repeat(1_000) }, 2_000],
    ["with bodies of 200 kB", { body: "b".repeat(200_000) }, 60],
  ])("%s are all answered in order if the client reads", async (_, options, count) => {
    const open = await serve(async (request, response) => {
      const body = await text(request);
      response.end(`<${request.url}:${body.length}>`);
    });
    const requests = Array.from({ length: count }, (__, i) =>
      requestOf(`/${i}`, { ...options, last: i === count - 1 }),
    );
    const length = "body" in options ? options.body.length : 0;
    expect(paths(await exchange(await open(), requests))).toEqual(requests.map((__, i) => `/${i}:${length}`));
  });

  it("are handled one at a time, each after the previous answer has been sent", async () => {
    let [under, most] = [0, 0];
    const open = await serve(async (request, response) => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      response.end(`<${request.url}>`);
    });
    const requests = Array.from({ length: 50 }, (_, i) => requestOf(`/${i}`, { last: i === 49 }));
    expect(paths(await exchange(await open(), requests))).toHaveLength(50);
    expect(most).toBe(1);
  });

  it("on several connections do not wait for each other", async () => {
    let waiting = 0;
    const { promise: both, resolve } = Promise.withResolvers<void>();
    const open = await serve(async (_, response) => {
      if (++waiting === 2) resolve();
      await both;
      response.end("<done>");
    });
    const answers = [1, 2].map(async () => exchange(await open(), [requestOf("/", { last: true })]));
    expect((await Promise.all(answers)).flatMap(paths)).toEqual(["done", "done"]);
  });
});

describe("a client that pipelines without reading", () => {
  it("is not read from after a number of unanswered requests, and is again once they are answered", async () => {
    const allowed = Promise.withResolvers<void>();
    const paused = Promise.withResolvers<void>();
    let parsed = 0;
    const open = await serve(async (request, response) => {
      await allowed.promise;
      response.end(`<${request.url}>`);
    });
    const [server] = servers as [Server];
    server.on("request", () => parsed++);
    server.on("connection", (connection) => connection.once("pause", paused.resolve));
    const requests = Array.from({ length: 5_000 }, (_, i) =>
      requestOf(`/${i}`, { pad: 1_000, last: i === 4_999 }),
    );
    const answers = exchange(await open(), requests);
    await paused.promise;
    // One read is 64 KiB.
    expect(parsed).toBeLessThanOrEqual(maxUnanswered + 65);
    allowed.resolve();
    expect(paths(await answers)).toEqual(requests.map((_, i) => `/${i}`));
  });

  it("is disconnected if one read brings too many", async () => {
    let handled = 0;
    const open = await serve((_, response) => {
      handled++;
      response.end(Buffer.alloc(8 * 1024 * 1024));
    });
    const socket = await open();
    socket.on("error", () => {});
    socket.pause();
    const closed = once(socket, "close");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000));
    socket.resume();
    await closed;
    expect(handled).toBe(1);
  });

  it("has no waiting request started once it has gone", async () => {
    const handled: string[] = [];
    const { promise: first, resolve } = Promise.withResolvers<() => void>();
    const open = await serve((request, response) => {
      handled.push(request.url as string);
      resolve(() => response.end("<done>"));
      response.once("close", () => gone.resolve());
    });
    const gone = Promise.withResolvers<void>();
    const socket = await open();
    socket.write(requestOf("/1") + requestOf("/2") + requestOf("/3"));
    const answer = await first;
    socket.destroy();
    await gone.promise;
    answer();
    await new Promise((resolve_) => setImmediate(resolve_));
    expect(handled).toEqual(["/1"]);
  });
});

describe("a connection that cannot be read further", () => {
  const garbage = "HELLO\r\n\r\n";
  const answered = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request).catch(() => "cut short");
    response.end(`<${request.url}:${body.length}>`);
  };

  it.each([0, 1, 2, 40])("ends with the last answer after those to %i complete requests", async (count) => {
    const open = await serve(answered);
    const requests = Array.from({ length: count }, (_, i) => requestOf(`/${i}`, { body: "b" }));
    const answers = await exchange(await open(), [[...requests, garbage].join("")]);
    expect(paths(answers)).toEqual([...requests.map((_, i) => `/${i}:1`), "unreadable"]);
  });

  it("never answers an incomplete request, and ends in its place", async () => {
    const handled: string[] = [];
    const open = await serve((request, response) => {
      handled.push(request.url as string);
      return answered(request, response);
    });
    const broken = ["POST /2 HTTP/1.1", "Host: roster", "Transfer-Encoding: chunked", "", "zz\r\n"].join(
      "\r\n",
    );
    expect(paths(await exchange(await open(), [broken]))).toEqual(["unreadable"]);
    expect(paths(await exchange(await open(), [requestOf("/1") + broken]))).toEqual(["/1:0", "unreadable"]);
    expect(handled).toEqual(["/2", "/1"]);
  });

  it("is cut off during the answer to an incomplete request", async () => {
    const open = await serve((_, response) =>
      response.writeHead(200, { "content-length": 100 }).write("<half>"),
    );
    const broken = ["POST / HTTP/1.1", "Host: roster", "Transfer-Encoding: chunked", "", ""].join("\r\n");
    const socket = await open();
    const answers = text(socket);
    socket.write(broken);
    await once(socket, "data");
    socket.write("zz\r\n");
    expect(paths(await answers)).toEqual(["half"]);
  });
});
