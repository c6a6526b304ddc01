import { routes } from "@roster/api/testing/routes";
import { describe, expect, it } from "vitest";
import { customer, useRest } from "./rest.ts";

/** The methods of every path, and the headers about the methods and bodies that it takes. */

const world = useRest();
const methods = new Map<string, Set<string>>();
for (const route of routes()) {
  const [method = "", path = ""] = route.split(" ");
  if (path.includes("*") || path === "/metrics") continue;
  methods.set(path, (methods.get(path) ?? new Set()).add(method));
}
const served = [...methods].map(([path, own]): [path: string, own: string[]] => [
  path,
  [...own].filter((method) => method !== "ALL" && method !== "OPTIONS"),
]);
const send = (method: string, path: string, headers: Record<string, string> = {}) =>
  world.send({ method, path: path.replaceAll(/:\w+/g, "x"), headers });
const allowed = (answer: { headers: object }) =>
  String((answer.headers as { allow?: string }).allow).split(", ");

describe.each(served)("%s", (path, own) => {
  it("refuses unknown methods, and names the allowed ones", async () => {
    expect(own.length).toBeGreaterThan(0);
    const has = new Set(own.includes("GET") ? [...own, "HEAD"] : own);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]) {
      if (has.has(method)) continue;
      const answer = await send(method, path);
      expect([method, answer.status]).toEqual([method, 405]);
      expect(allowed(answer)).toEqual(expect.arrayContaining(own));
      expect(allowed(answer)).not.toContain(method);
    }
  });

  it("answers OPTIONS with its methods, without a token or a body", async () => {
    const answer = await send("OPTIONS", path);
    // The published APIs have no OPTIONS.
    expect([204, 405]).toContain(answer.status);
    expect(allowed(answer).includes("OPTIONS")).toBe(answer.status === 204);
    expect(allowed(answer)).toEqual(expect.arrayContaining(own));
    if (answer.status === 204) expect(answer.text).toBe("");
  });
});

it.each(served.filter(([, own]) => own.includes("GET")))(
  "%s answers HEAD as GET, without a body",
  async (path) => {
    const [get, head] = [await send("GET", path), await send("HEAD", path)];
    expect([head.status, head.text]).toEqual([get.status, ""]);
    expect(head.headers["content-type"]).toBe(get.headers["content-type"]);
  },
);

describe("a procedure", () => {
  it.each([
    ["customer.get", "GET, HEAD, OPTIONS"],
    ["change.watch", "GET, HEAD, OPTIONS"],
    ["customer.update", "HEAD, POST, OPTIONS"],
    ["customer.get,customer.list", "GET, HEAD, OPTIONS"],
    ["customer.get,customer.update", "GET, HEAD, POST, OPTIONS"],
    ["nothing", "GET, HEAD, POST, OPTIONS"],
    ["constructor", "GET, HEAD, POST, OPTIONS"],
  ])("%s names its methods: %s", async (name, allow) => {
    const options = await send("OPTIONS", `/trpc/${name}`);
    expect([options.status, options.headers["allow"], options.text]).toEqual([204, allow, ""]);
    for (const method of ["PUT", "PATCH", "DELETE", "PROPFIND"]) {
      const answer = await send(method, `/trpc/${name}`);
      expect([method, answer.status, answer.headers["allow"]]).toEqual([method, 405, allow]);
      expect(answer.json).toMatchObject({ error: { data: { error: { code: "METHOD_NOT_ALLOWED" } } } });
    }
  });

  it.each([
    ["POST", "customer.get", "GET, HEAD, OPTIONS"],
    ["GET", "customer.update", "HEAD, POST, OPTIONS"],
  ])("is not called by %s if it is %s", async (method, name, allow) => {
    const answer = await world.rest(method, `/trpc/${name}`, method === "POST" ? { body: {} } : {});
    expect([answer.status, answer.headers["allow"]]).toEqual([405, allow]);
  });
});

describe("a body that cannot be read", () => {
  const bodies: [path: string, method: string, auth: string, type: string, told: Record<string, string>][] = [
    [
      "/trpc/customer.create",
      "POST",
      "Bearer",
      "application/json",
      { accept: "application/json", "accept-post": "application/json" },
    ],
    [
      "/api/customers",
      "POST",
      "Bearer",
      "application/json",
      { accept: "application/json", "accept-post": "application/json" },
    ],
    [
      "/api/customers/x",
      "PATCH",
      "Bearer",
      "application/merge-patch+json",
      { "accept-patch": "application/merge-patch+json" },
    ],
    ["/v1/customers/x", "PUT", "Token", "application/json", { accept: "application/json" }],
    ["/v1/users/x", "PUT", "Token", "application/json", { accept: "application/json" }],
    ["/api/v1/customers/1", "PUT", "Bearer", "application/json", { accept: "application/json" }],
    [
      "/customers/x",
      "PUT",
      "Bearer",
      "application/json",
      { accept: "application/json, application/xml, application/x-www-form-urlencoded" },
    ],
  ];
  const told = ["accept", "accept-encoding", "accept-patch", "accept-post"];

  it.each(bodies)("at %s gets the accepted types", async (path, method, scheme, type, expected) => {
    const put = async (headers: Record<string, string>) => {
      const all = { Authorization: `${scheme} ${world.token}`, "Content-Type": type, ...headers };
      const answer = await world.send({ method, path, headers: all, body: "{}" });
      expect(answer.status).toBe(415);
      return Object.fromEntries(Object.entries(answer.headers).filter(([name]) => told.includes(name)));
    };
    expect(await put({ "Content-Type": "text/plain" })).toEqual(expected);
    expect(await put({ "Content-Type": `${type}; charset=latin1` })).toEqual(expected);
    for (const coding of ["gzip", "br", "identity, gzip", "zstd"]) {
      expect(await put({ "Content-Encoding": coding })).toEqual({ "accept-encoding": "identity" });
    }
  });
});

it.each([
  [
    "GET",
    "/api/changes",
    { accept: "text/event-stream", "last-event-id": "999999" },
    "Last-Event-ID: is past",
  ],
  ["GET", "/api/changes", { accept: "text/event-stream", "last-event-id": "x" }, "Last-Event-ID: "],
  ["GET", "/api/customers/%s", { "if-none-match": "1" }, "If-None-Match: must be"],
  ["GET", "/api/customers/%s", { "if-match": "1" }, "If-Match: must be"],
  ["DELETE", "/api/customers/%s", { "if-match": "1" }, "If-Match: must be"],
  ["DELETE", "/api/customers/%s", { "if-none-match": '"1"' }, "If-None-Match: is for"],
  ["DELETE", "/api/customers/%s", { "idempotency-key": "a,b" }, "Idempotency-Key: must be"],
] as const)("a fault in a header of %s %s is named once: %o", async (method, path, headers, detail) => {
  const { id } = (await world.create(customer)) as { id: string };
  const { json } = await world.rest(method, path.replace("%s", id), { headers });
  expect(json["detail"]).toContain(detail);
  expect(json["detail"]).not.toContain("::");
  expect(json["errors"]).toMatchObject([{ header: detail.slice(0, detail.indexOf(":")) }]);
});
