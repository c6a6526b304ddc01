import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Sender } from "./send.ts";
import { Targets } from "./targets.ts";

/** A receiver that counts connections and requests and answers as each test requires. */
let server: Server;
let connections: number;
let requests: number;
let answer: (socket: Socket) => void;
let url: string;
let sender: Sender;

const accepted = "HTTP/1.1 204 No Content\r\n\r\n";

beforeEach(async () => {
  connections = requests = 0;
  answer = (socket) => void socket.write(accepted);
  server = createServer((socket) => {
    connections++;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      if (!chunk.includes("POST")) return;
      requests++;
      answer(socket);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sender = new Sender(new Targets(["127.0.0.1"]), 300);
});
afterEach(async () => {
  sender.close();
  await new Promise((resolve) => server.close(resolve));
});

const send = (mayBegin: () => boolean, to = url) =>
  sender.send({ url: to, headers: {}, body: "{}" }, new AbortController().signal, mayBegin);

it("writes nothing to a new connection if the lease ended while it was made", async () => {
  expect(await send(() => false)).toBeUndefined();
  expect({ connections, requests }).toEqual({ connections: 1, requests: 0 });
});

it("writes nothing to an idle connection after the lease has ended", async () => {
  expect(await send(() => true)).toMatchObject({ status: 204 });
  expect(await send(() => false)).toBeUndefined();
  expect({ connections, requests }).toEqual({ connections: 1, requests: 1 });
});

it("checks the lease again before it repeats a request whose idle connection was closed", async () => {
  expect(await send(() => true)).toMatchObject({ status: 204 });
  answer = (socket) => socket.resetAndDestroy();
  const asked = [true, false];
  expect(await send(() => asked.shift() as boolean)).toBeUndefined();
  expect(asked).toEqual([]);
  expect(requests).toBe(2);
});

it("checks the lease only after the TLS handshake", async () => {
  let asked = 0;
  // This receiver never answers the handshake.
  const reply = await send(() => (asked++, true), url.replace("http:", "https:"));
  expect(reply).toMatchObject({ status: null, error: "no answer within 0.3 s" });
  expect({ asked, connections, requests }).toEqual({ asked: 0, connections: 1, requests: 0 });
});

it("ends the attempt when the receiver switches to another protocol", async () => {
  answer = (socket) =>
    void socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  expect(await send(() => true)).toMatchObject({ status: 101, error: "the receiver answered 101" });
});
