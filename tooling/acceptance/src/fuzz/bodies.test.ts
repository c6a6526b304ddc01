import { describe, expect, it } from "vitest";
import { exchange } from "./exchange.ts";
import { useServer } from "../use-server.ts";

const { server } = useServer();

/** Defects that fuzzing has found, each as one request. */

interface RpcRefusal {
  error: {
    message: string;
    code: number;
    data: { code: string; httpStatus: number; error: { code: string } };
  };
}

const post = async (
  path: string,
  headers: Record<string, string>,
  body: string | Buffer<ArrayBuffer> | FormData,
) => {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}`, ...headers },
    body,
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    json: (await response.json()) as RpcRefusal,
  };
};
const customers = async (): Promise<unknown[]> => {
  const response = await fetch(`${server.url}/api/customers`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  return ((await response.json()) as { items: unknown[] }).items;
};

describe("a body that tRPC accepts and Roster cannot read", () => {
  const form = new FormData();
  form.set("name", "Acme");
  const json = '{"name":"Acme"}';
  it.each<
    [
      what: string,
      headers: Record<string, string>,
      body: string | Buffer<ArrayBuffer> | FormData,
      status: number,
      code: string,
    ]
  >([
    ["a form", {}, form, 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["a stream", { "content-type": "application/octet-stream" }, json, 415, "UNSUPPORTED_MEDIA_TYPE"],
    [
      "a compressed one",
      { "content-type": "application/json", "content-encoding": "gzip" },
      json,
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "another charset",
      { "content-type": "application/json; charset=utf-16le" },
      Buffer.from(json, "utf16le"),
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "bytes that are no UTF-8",
      { "content-type": "application/json" },
      Buffer.from('{"name":"A\xff"}', "latin1"),
      400,
      "MALFORMED",
    ],
    ["XML", { "content-type": "application/xml" }, "<item/>", 415, "UNSUPPORTED_MEDIA_TYPE"],
    [
      "one over the limit",
      { "content-type": "application/json" },
      `{"name":"${"x".repeat(2 ** 20)}"}`,
      413,
      "TOO_LARGE",
    ],
  ])("is refused in tRPC's form, and creates nothing: %s", async (_what, headers, body, status, code) => {
    const refused = await post("/trpc/customer.create", headers, body);
    expect(refused).toMatchObject({
      status,
      type: expect.stringMatching(/^application\/json/) as string,
      json: { error: { data: { httpStatus: status, error: { code } } } },
    });
    expect(refused.json.error.message).not.toBe("");
    expect(await customers()).toEqual([]);
  });

  it.each(["/trpc/", "/trpc/customer.create,me.get?batch=1", "/trpc/nothing"])(
    "is refused with a JSON content type: %s",
    async (path) => {
      const { status, type } = await post(path, { "content-type": "application/json" }, "{}");
      expect(status).toBeGreaterThanOrEqual(400);
      expect(type).toMatch(/^application\/json/);
    },
  );
});

describe("a large body that is refused unread", () => {
  it.each([
    ["/trpc/customer.create", "POST"],
    ["/api/customers", "POST"],
    ["/customers/x", "PUT"],
    ["/nowhere", "POST"],
  ])("leaves the connection to %s in sync, or announces that it closes", async (path, method) => {
    const size = 900_000;
    const head = [
      `${method} ${path} HTTP/1.1`,
      "Host: x",
      `Authorization: Bearer ${server.token}`,
      "Content-Type: text/plain",
      `Content-Length: ${size}`,
    ];
    const outcome = await exchange(
      new URL(server.url),
      Buffer.from(`${head.join("\r\n")}\r\n\r\n${"x".repeat(size)}`),
      {
        halfClose: false,
        isHead: false,
        next: Buffer.from("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        patience: 60_000,
      },
    );
    if (outcome.kind !== "answer") throw new Error(outcome.kind);
    expect([404, 415]).toContain(outcome.answer.status);
    if (outcome.answer.headers.get("connection") !== "close") expect(outcome.next?.status).toBe(200);
  });
});

it("an event stream is answered, although it does not end", async () => {
  const head = [
    "GET /api/changes HTTP/1.1",
    "Host: x",
    `Authorization: Bearer ${server.token}`,
    "Accept: text/event-stream",
  ];
  const outcome = await exchange(new URL(server.url), Buffer.from(`${head.join("\r\n")}\r\n\r\n`), {
    halfClose: false,
    isHead: false,
    next: undefined,
    patience: 60_000,
  });
  if (outcome.kind !== "answer") throw new Error(outcome.kind);
  expect(outcome.answer.status).toBe(200);
  expect(outcome.answer.body.toString()).toContain("event: position");
});
