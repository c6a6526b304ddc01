import { describe, expect, it } from "vitest";
import { startServer } from "../server.ts";
import { useServer } from "../use-server.ts";

/** Calls from pages in browsers: the allowed origins, and what they may read. */

const origin = "https://app.example";
const { server } = useServer({ CORS_ORIGINS: `${origin},http://localhost:5173` });

const ask = (path: string, headers: Record<string, string>, init: RequestInit = {}, at = server.url) =>
  fetch(at + path, { ...init, headers });
const bearer = () => ({ authorization: `Bearer ${server.token}` });
const preflight = (path: string, from: string, method = "PATCH", wanted = "authorization,if-match") =>
  ask(
    path,
    {
      origin: from,
      "access-control-request-method": method,
      "access-control-request-headers": wanted,
    },
    { method: "OPTIONS" },
  );
const varies = (response: Response) => (response.headers.get("vary") ?? "").split(/, */);

/** A request on every kind of path, with the status of its answer. */
const requests: [what: string, path: string, init: RequestInit, headers: () => object, status: number][] = [
  ["a record", "/api/customers", { method: "POST", body: "{}" }, bearer, 201],
  ["a list", "/api/customers", {}, bearer, 200],
  ["a procedure", "/trpc/me.get", {}, bearer, 200],
  ["a refusal for want of a token", "/api/customers", {}, () => ({}), 401],
  ["a refused procedure", "/trpc/customer.get?input=%7B%7D", {}, bearer, 400],
  ["a wire format's refusal", "/customers/x", { method: "PUT", body: "{}" }, bearer, 404],
  ["an unknown method", "/api/customers", { method: "DELETE" }, bearer, 405],
  ["an unknown path", "/nothing", {}, () => ({}), 404],
  [
    "a body that is too large",
    "/api/customers",
    { method: "POST", body: "x".repeat(1_048_577) },
    bearer,
    413,
  ],
  ["a probe", "/healthz", {}, () => ({}), 200],
];

describe.each([origin, "http://localhost:5173"])("a page of %s", (from) => {
  it.each(["/api/customers/x", "/trpc/customer.update", "/v1/customers/x", "/api/changes", "/nothing"])(
    "passes the preflight of %s, which has no token",
    async (path) => {
      const answer = await preflight(path, from);
      expect([answer.status, await answer.text()]).toEqual([204, ""]);
      expect(answer.headers.get("access-control-allow-origin")).toBe(from);
      expect(answer.headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE");
      expect(answer.headers.get("access-control-allow-headers")).toBe("authorization,if-match");
      expect(answer.headers.get("access-control-max-age")).toBe("600");
      expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
      expect(varies(answer)).toContain("Origin");
    },
  );

  it.each(requests)("may read %s, and the relevant headers", async (_what, path, init, headers, status) => {
    const all = { "content-type": "application/json", ...headers(), origin: from };
    const answer = await ask(path, all, init);
    await answer.arrayBuffer();
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe(from);
    const exposed = answer.headers.get("access-control-expose-headers")?.split(", ");
    expect(exposed).toEqual(
      expect.arrayContaining(["ETag", "Location", "Retry-After", "Idempotent-Replayed", "Roster-Applied"]),
    );
    expect(varies(answer)).toContain("Origin");
  });

  it.each(["/api/changes?after=0", "/trpc/change.watch?input=%7B%22after%22%3A0%7D"])(
    "may read the stream of %s",
    async (path) => {
      const ended = new AbortController();
      const headers = { ...bearer(), accept: "text/event-stream", origin: from };
      const answer = await ask(path, headers, { signal: ended.signal });
      expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
      expect(answer.headers.get("access-control-allow-origin")).toBe(from);
      expect(varies(answer)).toContain("Origin");
      ended.abort();
    },
  );
});

describe("a page of another origin", () => {
  it.each([
    "https://app.example.evil.example",
    "http://app.example",
    "https://app.example:8443",
    "https://APP.example",
    "https://sub.app.example",
    "null",
    "*",
    "",
  ])("may read nothing: %j", async (from) => {
    for (const answer of [
      await preflight("/api/customers/x", from),
      await ask("/api/customers", { ...bearer(), origin: from }),
      await ask("/api/customers", { origin: from }),
    ]) {
      await answer.arrayBuffer();
      const names = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
      expect(names).toEqual([]);
      expect(varies(answer)).toContain("Origin");
    }
  });

  it("does not remove other headers from Vary", async () => {
    expect(varies(await ask("/api/customers", { ...bearer(), origin }))).toEqual(["Authorization", "Origin"]);
    expect(varies(await ask("/trpc/me.get", { ...bearer(), origin }))).toEqual([
      "trpc-accept",
      "accept",
      "Origin",
    ]);
  });
});

it("OPTIONS without a preflight names the methods of a path", async () => {
  const answer = await ask("/api/customers", { origin }, { method: "OPTIONS" });
  expect(answer.headers.get("allow")).toBe("GET, HEAD, POST, OPTIONS");
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
});

it("without configured origins, no answer allows one or varies by it", async () => {
  const plain = await startServer();
  try {
    const wanted = { origin, "access-control-request-method": "GET" };
    for (const [method, headers] of [
      ["GET", { origin }],
      ["OPTIONS", wanted],
    ] as const) {
      const answer = await ask("/api/customers", headers, { method }, plain.url);
      const allowing = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
      expect(allowing).toEqual([]);
      expect(answer.headers.get("vary") ?? "").not.toMatch(/origin/i);
    }
  } finally {
    await plain.dispose();
  }
});
