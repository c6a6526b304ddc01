import { beforeAll, expect, it } from "vitest";
import { useServer } from "../use-server.ts";

/**
 * A lone call is answered without tRPC's adapter. Each of these requests is sent once as it is and once with
 * the header `trpc-accept`, which only the adapter knows: the answers must be equal.
 */

const { server, rpc } = useServer({}, { mayLogErrors: false });

interface Probe {
  /** After `/trpc/`. `%id` stands for the id of a customer. */
  path: string;
  method?: string;
  headers?: Record<string, string | undefined>;
  /** JSON unless it is a text or bytes. */
  body?: unknown;
  status: number;
}

let id: string;
let reader: string;
const key = "the key of a request";
beforeAll(async () => {
  id = (await rpc("customer.create", { name: "Acme", providedId: "acme", properties: { a: 1 } })).data[
    "id"
  ] as string;
  await rpc("customer.create", { name: "Other", idempotencyKey: key });
  const token = await rpc("token.create", { name: "reader", scopes: ["customers:read"] });
  reader = token.data["token"] as string;
});

async function send({ path, method, headers, body }: Probe, more: Record<string, string> = {}) {
  const named = (text: string) => text.replaceAll("%id", id).replaceAll("%reader", reader);
  const all: Record<string, string | undefined> = {
    authorization: `Bearer ${server.token}`,
    ...(body !== undefined && { "content-type": "application/json" }),
    ...headers,
    ...more,
  };
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/trpc/${named(path)}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, named(value)]],
    ),
    // As bytes, so that no content type is added.
    ...(text !== undefined && { body: typeof text === "string" ? Buffer.from(named(text)) : text }),
  });
  const { date: _, "x-request-id": __, ...kept } = Object.fromEntries(response.headers);
  return { status: response.status, headers: kept, body: await response.text() };
}

const input = (value: unknown) => `?input=${encodeURIComponent(JSON.stringify(value))}`;
const byId = { where: { id: "%id" } };
const get = `customer.get?input=${encodeURIComponent('{"where":{"id":"')}%id${encodeURIComponent('"}}')}`;
const update = "customer.update";
const same = { ...byId, patch: { name: "Acme" } };

it.each<[what: string, probe: Probe]>([
  ["a query", { path: get, status: 200 }],
  [
    "a query with a content type",
    { path: get, headers: { "content-type": "application/json" }, status: 200 },
  ],
  [
    "a query with another content type",
    { path: get, headers: { "content-type": "text/plain" }, status: 200 },
  ],
  [
    "a query with the content type of a form",
    { path: get, headers: { "content-type": "multipart/form-data" }, status: 405 },
  ],
  ["a query without an input", { path: "me.get", status: 200 }],
  ["a query with an empty input", { path: "me.get?input=", status: 200 }],
  ["a query with an empty query", { path: "me.get?", status: 200 }],
  ["a query with more parameters", { path: "me.get?a=1", status: 200 }],
  ["a query with two inputs", { path: `${get}&input=1`, status: 200 }],
  ["a query with a plus for a space", { path: `customer.list?input={"limit":+1}`, status: 200 }],
  ["a query whose input is null", { path: "customer.list?input=null", status: 200 }],
  ["a query whose input is an array", { path: "customer.list?input=[]", status: 400 }],
  ["a query without its input", { path: "customer.get", status: 400 }],
  ["a query whose input is not JSON", { path: "customer.get?input={", status: 400 }],
  ["a query whose input is not UTF-8", { path: "customer.get?input=%22%ff%22", status: 400 }],
  ["a query whose input has a stray percent sign", { path: "customer.get?input=%", status: 400 }],
  ["a query whose input has a key twice", { path: 'customer.list?input={"limit":1,"limit":2}', status: 400 }],
  ["a query with many faults", { path: `customer.get${input({ where: {}, a: 1, b: 2 })}`, status: 400 }],
  ["a query of nothing", { path: `customer.get${input({ where: { number: 999 } })}`, status: 404 }],
  ["a list", { path: "customer.list", status: 200 }],
  ["a list with a cursor that is none", { path: `customer.list${input({ cursor: "x" })}`, status: 400 }],
  ["a body on a query", { path: "customer.get", body: byId, status: 405 }],
  ["a HEAD", { path: get, method: "HEAD", status: 204 }],
  ["an update", { path: update, body: same, status: 200 }],
  [
    "an update without a scope",
    { path: update, headers: { authorization: "Bearer %reader" }, body: same, status: 403 },
  ],
  [
    "an update without a token",
    { path: update, headers: { authorization: undefined }, body: same, status: 401 },
  ],
  [
    "an update with a wrong token",
    { path: update, headers: { authorization: "Bearer x" }, body: same, status: 401 },
  ],
  [
    "an update with another scheme",
    { path: update, headers: { authorization: "Basic x" }, body: same, status: 401 },
  ],
  [
    "a malformed update without a token",
    { path: update, headers: { authorization: undefined }, body: "{", status: 401 },
  ],
  ["an update by GET", { path: update, status: 405 }],
  ["an update by GET with an input", { path: `${update}${input({})}`, status: 405 }],
  ["an update with a query", { path: `${update}?a=1`, body: same, status: 200 }],
  ["an update with an input in the query", { path: `${update}?input={}`, body: same, status: 200 }],
  [
    "an update with a charset",
    {
      path: update,
      headers: { "content-type": "Application/JSON ; charset=UTF-8" },
      body: same,
      status: 200,
    },
  ],
  [
    "an update in another charset",
    {
      path: update,
      headers: { "content-type": "application/json; charset=latin1" },
      body: same,
      status: 415,
    },
  ],
  [
    "an update of another type",
    { path: update, headers: { "content-type": "text/plain" }, body: same, status: 415 },
  ],
  [
    "an update of a similar type",
    { path: update, headers: { "content-type": "application/json-patch+json" }, body: same, status: 415 },
  ],
  [
    "an update without a type",
    { path: update, headers: { "content-type": undefined }, body: same, status: 415 },
  ],
  [
    "an update as bytes",
    { path: update, headers: { "content-type": "application/octet-stream" }, body: same, status: 415 },
  ],
  [
    "an update as a form",
    { path: update, headers: { "content-type": "multipart/form-data; boundary=a" }, body: same, status: 415 },
  ],
  ["a compressed update", { path: update, headers: { "content-encoding": "gzip" }, body: same, status: 415 }],
  ["an update without a body", { path: update, method: "POST", status: 415 }],
  ["an update with an empty body", { path: update, body: "", status: 400 }],
  ["an update that is not JSON", { path: update, body: "{", status: 400 }],
  ["an update that is not UTF-8", { path: update, body: Uint8Array.of(0x22, 0xff, 0x22), status: 400 }],
  ["an update that is an array", { path: update, body: [], status: 400 }],
  ["an update that is null", { path: update, body: "null", status: 400 }],
  [
    "an update with numbers that no value can hold",
    {
      path: update,
      body: '{"where":{"id":"%id"},"patch":{"properties":{"a":1e999,"b":12345678901234567890}}}',
      status: 400,
    },
  ],
  [
    "an update with many faults",
    { path: update, body: { ...byId, patch: { nam: 1, email: "x", name: 2 } }, status: 400 },
  ],
  [
    "an update that changes a version that is gone",
    { path: update, body: { ...same, expectedVersion: 9 }, status: 409 },
  ],
  ["a dry run", { path: update, body: { ...byId, patch: { name: "B" }, dryRun: true }, status: 200 }],
  ["an update of nothing", { path: update, body: { where: { number: 999 }, patch: {} }, status: 404 }],
  ["a creation that conflicts", { path: "customer.create", body: { providedId: "acme" }, status: 409 }],
  [
    "a creation that is repeated",
    { path: "customer.create", body: { name: "Other", idempotencyKey: key }, status: 200 },
  ],
  [
    "another creation with the same key",
    { path: "customer.create", body: { name: "B", idempotencyKey: key }, status: 422 },
  ],
  [
    "a creation with a key that is none",
    { path: "customer.create", body: { idempotencyKey: "" }, status: 400 },
  ],
  ["a body over the limit", { path: update, body: `"${"x".repeat(1024 * 1024)}"`, status: 413 }],
  ["an unknown procedure", { path: "customer.explode", body: {}, status: 404 }],
  ["an unknown procedure by GET", { path: "customer.explode", status: 404 }],
  ["the name of every object", { path: "constructor", status: 404 }],
  ["a router", { path: "customer", status: 404 }],
  ["no procedure", { path: "", status: 404 }],
  ["a procedure with a slash", { path: get.replace("?", "/?"), status: 200 }],
  ["a procedure with escapes", { path: get.replace(".", "%2E"), status: 200 }],
  ["a batch", { path: `me.get,me.get?batch=1${input({}).replace("?", "&")}`, status: 200 }],
  ["a batch of one", { path: `me.get?batch=1`, status: 200 }],
  ["a batch with a refusal", { path: "me.get,customer.get?batch=1", status: 207 }],
])("%s", async (_, probe) => {
  const lone = await send(probe);
  expect(lone.status).toBe(probe.status);
  expect(await send(probe, { "trpc-accept": "application/json" })).toEqual(lone);
});

it.each([
  ["trpc-accept", "me.get"],
  ["accept", "me.get?batch=1"],
])("a stream that is asked for by %s is answered as one", async (header, path) => {
  const asked = await send({ path, status: 200 }, { [header]: "application/jsonl" });
  // tRPC streams batches only.
  expect(asked.status).toBe(path.includes("batch") ? 200 : 400);
  if (asked.status === 200) expect(asked.headers["transfer-encoding"]).toBe("chunked");
});
