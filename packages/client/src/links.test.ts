import { RosterError } from "@roster/domain";
import { createTRPCClient, httpBatchLink, httpBatchStreamLink } from "@trpc/client";
import { describe, expect, it, vi } from "vitest";
import { createClient } from "./client.ts";
import { faults, isInvalid, isNetworkFailure, networkFailure, rosterError } from "./errors.ts";
import { pageSession, rosterLinks, transformer, type ClientOptions } from "./links.ts";
import type { AppRouter } from "./router.ts";
import { fakeRoster, inTurn, networkError, proxyAnswer } from "./testing/fake-roster.ts";
import { decodeLink } from "./wires.ts";

const where = { id: "0198f1de-0000-7000-8000-000000000000" };
const setUp = (options: Partial<ClientOptions> = {}) => {
  const roster = fakeRoster((input) => ({ input, items: [] }));
  const client = createClient({ url: "http://roster.test", token: "t", fetch: roster.fetch, ...options });
  return { ...roster, client };
};

describe("a request", () => {
  it.each(["http://roster.test", "http://roster.test/", new URL("http://roster.test")])(
    "goes to /trpc below the url %s",
    async (url) => {
      const { client, requests } = setUp({ url });
      await client.me.get.query();
      expect(requests[0]?.url.pathname).toBe("/trpc/me.get");
    },
  );

  it("goes to the page's own origin in a browser if the url is relative", async () => {
    vi.stubGlobal("location", { href: "https://page.test/app/#top" });
    try {
      const { client, requests } = setUp({ url: "/roster/" });
      await client.me.get.query().catch(() => undefined);
      expect(requests[0]?.url.href).toMatch("https://page.test/roster/trpc/me.get");
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("goes below the path of the url, if it has one", async () => {
    const { client, requests } = setUp({
      url: "http://proxy.test/roster/",
      fetch: (url, init) => Promise.reject(new Error(`${init.method} ${url}`)),
      retries: 0,
    });
    await expect(client.me.get.query()).rejects.toThrow("GET http://proxy.test/roster/trpc/me.get");
    expect(requests).toEqual([]);
  });

  it("carries the token and the headers from the options", async () => {
    const { client, requests } = setUp({ headers: { "x-request-id": "7", authorization: "no" } });
    await client.me.get.query();
    expect(requests[0]?.headers).toMatchObject({ authorization: "Bearer t", "x-request-id": "7" });
  });

  it("is not sent on behalf of a name that no header can hold, and the error explains it", async () => {
    const { client, requests } = setUp({ onBehalfOf: "\ud800" });
    await expect(client.me.get.query()).rejects.toThrow("onBehalfOf: must be well-formed text");
    expect(requests).toEqual([]);
  });

  it("is answered in whatever case a proxy writes the media type", async () => {
    const { client } = setUp({
      fetch: () =>
        Promise.resolve(
          new Response('{"result":{"data":{"items":[],"nextCursor":null}}}', {
            headers: { "content-type": "Application/JSON; Charset=UTF-8" },
          }),
        ),
    });
    expect(await client.customer.list.query({})).toEqual({ items: [], nextCursor: null });
  });

  it("sends no token where the browser has a session cookie", async () => {
    const { client, requests } = setUp({ token: pageSession, headers: { "x-own": "1" } });
    await client.me.get.query();
    const sent = new Headers(requests[0]?.headers);
    expect([sent.get("authorization"), sent.get("roster-console"), sent.get("x-own")]).toEqual([
      null,
      "1",
      "1",
    ]);
  });

  it("gets the token and the headers from functions each time", async () => {
    let count = 0;
    const { client, requests } = setUp({
      token: () => Promise.resolve(`t${++count}`),
      headers: () => ({ "x-count": String(count) }),
    });
    await client.me.get.query();
    await client.me.get.query();
    expect(requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer t1", "Bearer t2"]);
    expect(requests.map(({ headers }) => headers["x-count"])).toEqual(["0", "1"]);
  });

  it("uses the current global fetch if none is given", async () => {
    const { fetch } = fakeRoster(() => ({ actor: "stubbed" }));
    const client = createClient({ url: "http://roster.test", token: "t" });
    vi.stubGlobal("fetch", fetch);
    try {
      expect(await client.me.get.query()).toEqual({ actor: "stubbed" });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("carries a Date as ISO 8601 and omits undefined values", async () => {
    const { client, requests } = setUp({ idempotency: false });
    await client.customer.create.mutate({
      name: undefined,
      timestamp: new Date("2024-05-06T07:08:09.123Z"),
    });
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ timestamp: "2024-05-06T07:08:09.123Z" });
  });
});

describe("calls made in the same tick", () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

  it("share one request", async () => {
    const { client, requests } = setUp();
    const made = names(5).map((name) => client.customer.create.mutate({ name }));
    expect(await Promise.all(made)).toMatchObject(names(5).map((name) => ({ input: { name } })));
    expect(requests).toHaveLength(1);
  });

  it("share as few requests as maxBatch allows", async () => {
    const { client, requests } = setUp({ maxBatch: 2 });
    await Promise.all(names(5).map((name) => client.customer.create.mutate({ name })));
    expect(requests).toHaveLength(3);
  });

  it("share a request only up to the server's maximum, whatever maxBatch says", async () => {
    const { client, requests } = setUp({ maxBatch: 1_000 });
    await Promise.all(names(150).map((name) => client.customer.create.mutate({ name })));
    expect(requests.map(({ url }) => url.pathname.split(",").length)).toEqual([100, 50]);
  });

  it("are sent alone if they are large, so that their batch is not refused for its size", async () => {
    const { client, requests } = setUp();
    const address = "x".repeat(60_000);
    await Promise.all(
      ["a", "b", "c"].map((name) => client.customer.create.mutate({ name, properties: { address } })),
    );
    await Promise.all(names(2).map((name) => client.customer.create.mutate({ name })));
    expect(requests.map(({ url }) => url.pathname.split(",").length)).toEqual([1, 1, 1, 2]);
  });

  it("do not share a request whose URL would be too long for a proxy", async () => {
    const { client, requests } = setUp();
    const cursor = "ü".repeat(300);
    await Promise.all(
      names(12).map((namePrefix) => client.customer.list.query({ cursor, filter: { namePrefix } })),
    );
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.length).toBeLessThan(12);
    for (const { url } of requests) expect(url.href.length).toBeLessThanOrEqual(8_000);
  });

  it("are sent as plain requests if each is the only one of its kind", async () => {
    const { client, requests } = setUp();
    await client.me.get.query();
    await Promise.all([client.customer.get.query({ where }), client.customer.create.mutate({ name: "A" })]);
    expect(requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      "GET /trpc/me.get",
      "GET /trpc/customer.get",
      "POST /trpc/customer.create",
    ]);
    for (const { url } of requests) expect(url.searchParams.has("batch")).toBe(false);
    expect(JSON.parse(requests[1]?.url.searchParams.get("input") ?? "")).toEqual({ where });
  });

  it("are sent without those that were aborted before", async () => {
    const { client, requests } = setUp();
    const aborted = client.customer.create.mutate({ name: "A" }, { signal: AbortSignal.abort() });
    const ended = new AbortController();
    const early = client.customer.create.mutate({ name: "B" }, { signal: ended.signal });
    const kept = client.customer.create.mutate({ name: "C" });
    ended.abort();
    await expect(aborted).rejects.toThrow();
    await expect(early).rejects.toThrow();
    expect(await kept).toMatchObject({ input: { name: "C" } });
    expect(requests.map(({ url }) => url.pathname)).toEqual(["/trpc/customer.create"]);
  });

  it("get an error each if all of them are refused", async () => {
    const { fetch, requests } = fakeRoster((input) => {
      throw new RosterError("NOT_FOUND", `no ${(input as { name: string }).name}`);
    });
    const client = createClient({ url: "http://roster.test", token: "t", fetch });
    const made = await Promise.allSettled(names(2).map((name) => client.customer.create.mutate({ name })));
    expect(made.map((one) => one.status === "rejected" && rosterError(one.reason))).toEqual(
      names(2).map((name) => ({ code: "NOT_FOUND", message: `no ${name}` })),
    );
    expect(requests).toHaveLength(1);
  });

  it("share their answer unless a stream is asked for, where a fast call does not wait for a slow one", async () => {
    const order: string[] = [];
    const calls = (batchLink?: ClientOptions["batchLink"]) => {
      let finish = (_value: unknown): void => undefined;
      const slow = new Promise((resolve) => (finish = resolve));
      const { fetch, requests } = fakeRoster((_input, path) =>
        path === "me.get" ? { actor: "fast" } : slow,
      );
      const client = createClient({ url: "http://roster.test", token: "t", fetch, batchLink });
      const done = Promise.all([
        client.customer.get.query({ where }).then(({ name }) => order.push(name as string)),
        client.me.get.query().then(({ actor }) => order.push(actor)),
      ]);
      return { done, requests, finish: () => finish({ name: "slow" }) };
    };

    const streamed = calls(httpBatchStreamLink);
    await vi.waitFor(() => expect(order).toEqual(["fast"]), { timeout: 60_000 });
    streamed.finish();
    await streamed.done;
    expect(order).toEqual(["fast", "slow"]);

    const shared = calls();
    shared.finish();
    await shared.done;
    const accepted = [streamed, shared].map(({ requests }) =>
      requests.map(({ headers }) => headers["trpc-accept"]),
    );
    expect(accepted).toEqual([["application/jsonl"], [undefined]]);
  });
});

describe("an answer that is not from a procedure", () => {
  const get = (...steps: Parameters<typeof inTurn>[1][]) => {
    const { fetch } = inTurn(fakeRoster(() => ({})).fetch, ...steps);
    const { client } = setUp({ fetch, retries: 0 });
    return client.customer.get.query({ where }).catch((error: unknown) => error);
  };

  it("is a network failure with the status if a proxy answered", async () => {
    const error = await get(proxyAnswer(502));
    expect(networkFailure(error)).toMatchObject({ status: 502, sent: true });
    expect(error).toMatchObject({
      message: "http://roster.test answered 502, and not as Roster does; is the url right?",
    });
  });

  it("is a network failure if it only looks like a JSON error", async () => {
    for (const body of [{ error: { code: 503, message: "UNAVAILABLE" } }, { code: "UNAVAILABLE" }, null]) {
      const error = await get(() => Response.json(body, { status: 503 }));
      expect(rosterError(error)).toBeUndefined();
      expect(networkFailure(error)?.status).toBe(503);
    }
  });

  it("is a refusal if it is the problem document of an oversized body", async () => {
    const problem = {
      type: "about:blank",
      title: "The request is too large",
      status: 413,
      detail: "the body is larger than 1048576 bytes",
      code: "TOO_LARGE",
    };
    const error = await get(() => Response.json(problem, { status: 413 }));
    expect(rosterError(error)).toEqual({ code: "TOO_LARGE", message: problem.detail });
    expect(error).toMatchObject({ data: { code: "PAYLOAD_TOO_LARGE", httpStatus: 413 } });
  });

  it("has an error that says whether the request was sent and why it failed", async () => {
    const refused = await get(networkError("ECONNREFUSED"));
    expect(networkFailure(refused)?.sent).toBe(false);
    expect(refused).toMatchObject({ message: "no answer from Roster: fetch failed (ECONNREFUSED)" });
    const reset = await get(networkError("ECONNRESET"));
    expect(networkFailure(reset)?.sent).toBe(true);
  });
});

describe("a problem before a request", () => {
  it("is not a network failure: a token function that fails", async () => {
    const lost = new Error("the vault is sealed");
    const { client, requests } = setUp({ token: () => Promise.reject(lost) });
    const error: unknown = await client.me.get.query().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "the vault is sealed", cause: lost });
    expect(isNetworkFailure(error)).toBe(false);
    expect(requests).toEqual([]);
  });

  it.each([undefined, null, 7, "a\nb", "“quoted”"])(
    "is not a network failure: a token that no header can hold (%j)",
    async (token) => {
      const { client, requests } = setUp({ token: token as string });
      const error: unknown = await client.me.get.query().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ message: expect.stringMatching(/^token: /) as string });
      expect(String(error)).not.toContain(String(token));
      expect(isNetworkFailure(error)).toBe(false);
      expect(requests).toEqual([]);
    },
  );

  it("does not arise from a line end after the token, as files have it", async () => {
    const { client, requests } = setUp({ token: "t\r\n" });
    await client.me.get.query();
    expect(requests[0]?.headers).toMatchObject({ authorization: "Bearer t" });
  });

  it.each([
    undefined,
    "",
    "roster",
    "localhost:4000",
    "ftp://roster.test",
    "http://ada:secret@roster.test",
    "http://roster.test/?key=1",
    "http://roster.test/#top",
  ])("is found when the client is made: an invalid url (%s)", (url) => {
    expect(() => setUp({ url: url as string })).toThrow(
      /^url: must be http\(s\), without a user and a query, such as https:\/\/roster.example.com$/,
    );
  });

  it.each([0, Number.NaN])("is found when the client is made: a batch of %s calls", (maxBatch) => {
    expect(() => setUp({ maxBatch })).toThrow("maxBatch: must be a number, 1 or more");
  });

  it("is a refusal with faults, not a network failure: an input that is not JSON", async () => {
    const { client, requests } = setUp();
    const properties = { count: 1n } as unknown as { count: number };
    const error: unknown = await client.customer.create
      .mutate({ properties })
      .catch((thrown: unknown) => thrown);
    expect(faults(error)).toMatchObject({ "/properties/count": [{ code: "invalid_type" }] });
    expect(isInvalid(error)).toBe(true);
    expect(isNetworkFailure(error)).toBe(false);
    expect(requests).toEqual([]);
  });
});

it("the links work in a client of any tRPC library", async () => {
  const { fetch } = fakeRoster(() => ({ id: "x", createdAt: "2024-05-06T07:08:09.123Z" }));
  const client = createTRPCClient<AppRouter>({
    links: rosterLinks({ url: "http://roster.test", token: "t", fetch }),
  });
  expect((await client.customer.get.query({ where })).createdAt).toEqual(
    new Date("2024-05-06T07:08:09.123Z"),
  );
});

it("tRPC's own links give the declared types behind decodeLink", async () => {
  const { fetch } = fakeRoster(() => ({ id: "x", createdAt: "2024-05-06T07:08:09.123Z" }));
  const own = httpBatchLink<AppRouter>({
    url: "http://roster.test/trpc",
    transformer,
    fetch: (url, init) => fetch(url as string, init as Parameters<typeof fetch>[1]),
  });
  const client = createTRPCClient<AppRouter>({ links: [decodeLink, own] });
  expect((await client.customer.get.query({ where })).createdAt).toEqual(
    new Date("2024-05-06T07:08:09.123Z"),
  );
});
