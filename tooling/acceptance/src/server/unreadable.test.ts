import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { useServer } from "../use-server.ts";

/** Bytes that form no request, or an ambiguous one. */

const { server } = useServer();

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * Sends bytes.
 * @returns the answers until the server closes the connection
 * @param end whether the client closes its sending side
 */
async function exchange(bytes: string, end = false): Promise<Answer[]> {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  await once(socket, "connect");
  socket.write(bytes);
  if (end) socket.end();
  const answers: Answer[] = [];
  let rest = await text(socket);
  socket.destroy();
  while (rest !== "") {
    const [head = "", ...more] = rest.split("\r\n\r\n");
    const [line = "", ...lines] = head.split("\r\n");
    const headers = Object.fromEntries(lines.map((one) => one.toLowerCase().split(": ") as [string, string]));
    const length = Number(headers["content-length"]);
    const body = more.join("\r\n\r\n");
    answers.push({ status: Number(line.split(" ")[1]), headers, body: body.slice(0, length) });
    rest = body.slice(length);
  }
  return answers;
}

const request = (line: string, headers: readonly string[] = [], body = ""): string =>
  [line, ...headers, "", body].join("\r\n");
const host = "Host: roster";
const create = (body: string, ...more: string[]): string => {
  const type = "Content-Type: application/json";
  const headers = [host, `Authorization: Bearer ${server.token}`, type, `Content-Length: ${body.length}`];
  return request("POST /api/customers HTTP/1.1", [...headers, ...more], body);
};

it.each<[what: string, status: number, code: string, bytes: string]>([
  ["a text other than HTTP", 400, "MALFORMED", "HELLO\r\n\r\n"],
  ["another version of HTTP", 400, "MALFORMED", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["an unknown method", 400, "MALFORMED", request("BREW / HTTP/1.1", [host])],
  ["a very long target", 431, "TOO_LARGE", request(`GET /${"a".repeat(20_000)} HTTP/1.1`, [host])],
  ["a very long header", 431, "TOO_LARGE", request("GET / HTTP/1.1", [host, `X-A: ${"a".repeat(20_000)}`])],
  ["a header with NUL", 400, "MALFORMED", request("GET / HTTP/1.1", [host, "X-A: a\0b"])],
  ["a folded header", 400, "MALFORMED", request("GET / HTTP/1.1", [host, "X-A: a", " b"])],
  ["no host", 400, "MALFORMED", request("GET /healthz HTTP/1.1")],
  ["two hosts", 400, "MALFORMED", request("GET /healthz HTTP/1.1", [host, "host: other"])],
  ["a host that is none", 400, "MALFORMED", request("GET /healthz HTTP/1.1", ["Host: a/../b"])],
  ["a target that is none", 400, "MALFORMED", request("OPTIONS * HTTP/1.1", [host])],
  [
    "two lengths",
    400,
    "MALFORMED",
    request("POST /api/customers HTTP/1.1", [host, "Content-Length: 4", "Content-Length: 5"], "abcde"),
  ],
  [
    "a length and chunks",
    400,
    "MALFORMED",
    request(
      "POST /api/customers HTTP/1.1",
      [host, "Content-Length: 4", "Transfer-Encoding: chunked"],
      "0\r\n\r\n",
    ),
  ],
  [
    "an unknown coding",
    400,
    "MALFORMED",
    request("POST /api/customers HTTP/1.1", [host, "Transfer-Encoding: xchunked"], "0\r\n\r\n"),
  ],
  [
    "a chunk without a size",
    400,
    "MALFORMED",
    request("PUT /customers/x HTTP/1.1", [host, "Transfer-Encoding: chunked"], "zz\r\n{}\r\n0\r\n\r\n"),
  ],
  [
    "long chunk extensions",
    413,
    "TOO_LARGE",
    request(
      "PUT /nothing HTTP/1.1",
      [host, "Transfer-Encoding: chunked"],
      `2;${"a".repeat(40_000)}\r\n{}\r\n0\r\n\r\n`,
    ),
  ],
])("%s is refused with %i and a problem document, and the connection is closed", async (...given) => {
  const [, status, code, bytes] = given;
  const answers = await exchange(bytes);
  const last = answers.at(-1) as Answer;
  expect(last.status).toBe(status);
  expect(last.headers).toMatchObject({
    connection: "close",
    "content-type": "application/problem+json",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "deny",
  });
  expect(JSON.parse(last.body)).toMatchObject({ type: "about:blank", status, code });
});

it("an incomplete request is refused after a time", async () => {
  const bytes = create('{"name":"Half"}').slice(0, -5);
  const answers = await exchange(bytes, true);
  expect(answers.map(({ status }) => status)).toEqual([400]);
});

describe("unreadable bytes after valid requests", () => {
  it("are refused once those are answered", async () => {
    const answers = await exchange(`${create('{"name":"One"}')}${create('{"name":"Two"}')}HELLO\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 400]);
    expect(answers.slice(0, 2).map(({ body }) => (JSON.parse(body) as { name: string }).name)).toEqual([
      "One",
      "Two",
    ]);
  });

  it("are ignored if those close the connection", async () => {
    const answers = await exchange(create('{"name":"Last"}', "Connection: close") + create("{}"));
    expect(answers.map(({ status }) => status)).toEqual([201]);
  });
});

it.each([
  ["of HTTP/1.0 without a host, as probes of proxies are", request("GET /readyz HTTP/1.0")],
  ["with an empty host", request("GET /readyz HTTP/1.1", ["Host: ", "Connection: close"])],
  [
    "with another address as its target",
    request("GET http://x/readyz HTTP/1.1", [host, "Connection: close"]),
  ],
  ["with an unknown expectation", request("GET /readyz HTTP/1.1", [host, "Expect: x", "Connection: close"])],
])("a request %s is answered", async (_, bytes) => {
  expect((await exchange(bytes)).map(({ status }) => status)).toEqual([200]);
});
