import { RosterError } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "./client.ts";
import { isNetworkFailure, rosterError } from "./errors.ts";
import type { Fetch } from "./network.ts";
import { backOff } from "./retry.ts";
import { fakeRoster, inTurn, networkError, proxyAnswer } from "./testing/fake-roster.ts";

const where = { id: "0198f1de-0000-7000-8000-000000000000" };
const roster = fakeRoster((_input, path) => (path === "customer.update" ? { customer: {} } : { id: path }));
const client = (fetch: Fetch, retries?: number) =>
  createClient({ url: "http://roster.test", token: "t", fetch, retries });

/** Waits for a call as long as it takes, and gives what it has come to. */
async function outcome<T>(call: Promise<T>): Promise<{ value?: T; error?: unknown }> {
  const settled = call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.runAllTimersAsync();
  return settled;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A connection that breaks when the answer has begun. */
const brokenAnswer = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"0":[[0],[null,0,0]]}\n'));
        controller.error(new TypeError("terminated"));
      },
    }),
    { headers: { "content-type": "application/json" } },
  );
/** An answer that ends, in good order, before it has said everything. */
const cutAnswer = () =>
  new Response('{"0":[[0],[null,0,0]]}\n', { headers: { "content-type": "application/json" } });

const failures = {
  "a refused connection": { step: networkError("ECONNREFUSED"), query: true, mutation: true },
  "a name that does not resolve": { step: networkError("EAI_AGAIN"), query: true, mutation: true },
  "a reset connection": { step: networkError("ECONNRESET"), query: true, mutation: false },
  "a timeout while waiting for the answer": {
    step: networkError("UND_ERR_HEADERS_TIMEOUT"),
    query: true,
    mutation: false,
  },
  "an answer that breaks off": { step: brokenAnswer, query: true, mutation: false },
  "an answer that ends too soon": { step: cutAnswer, query: true, mutation: false },
  "a proxy's 429": { step: proxyAnswer(429), query: true, mutation: false },
  "a proxy's 502": { step: proxyAnswer(502), query: true, mutation: false },
  "a proxy's 503": { step: proxyAnswer(503), query: true, mutation: false },
  "a proxy's 504": { step: proxyAnswer(504), query: true, mutation: false },
  "a proxy's 403": { step: proxyAnswer(403), query: false, mutation: false },
  "a page in place of an answer": { step: proxyAnswer(200), query: false, mutation: false },
};

describe.each(Object.entries(failures))("after %s", (_name, { step, query, mutation }) => {
  it(`a query is ${query ? "made again" : "given up"}`, async () => {
    const { fetch, calls } = inTurn(roster.fetch, step);
    const { value, error } = await outcome(client(fetch).customer.get.query({ where }));
    expect(calls()).toBe(query ? 2 : 1);
    if (query) expect(value).toEqual({ id: "customer.get" });
    else expect(isNetworkFailure(error)).toBe(true);
  });

  it(`a mutation is ${mutation ? "made again" : "given up"}`, async () => {
    const { fetch, calls } = inTurn(roster.fetch, step);
    const { value, error } = await outcome(
      client(fetch).customer.update.mutate({ where, patch: { name: "A" } }),
    );
    expect(calls()).toBe(mutation ? 2 : 1);
    if (mutation) expect(value).toEqual({ customer: {} });
    else expect(isNetworkFailure(error)).toBe(true);
  });
});

describe("a refusal by Roster", () => {
  it.each(["OVERLOADED", "UNAVAILABLE"] as const)(
    "with %s, which says that nothing was stored, lets queries and mutations be made again",
    async (code) => {
      for (const call of ["get", "update"] as const) {
        let attempts = 0;
        const busy = fakeRoster(() => {
          if (++attempts < 3) throw new RosterError(code, "later");
          return { customer: {} };
        });
        const { customer } = client(busy.fetch);
        const made = call === "get" ? customer.get.query({ where }) : customer.update.mutate({ where });
        expect(await outcome<unknown>(made)).toEqual({ value: { customer: {} } });
        expect(attempts).toBe(3);
      }
    },
  );

  it.each(["CONFLICT", "STALE_VERSION", "INVALID", "NOT_FOUND", "UNAUTHENTICATED", "INTERNAL"] as const)(
    "with %s is final",
    async (code) => {
      const refusing = fakeRoster(() => {
        throw new RosterError(code, "no");
      });
      const { customer } = client(refusing.fetch);
      expect(rosterError((await outcome(customer.get.query({ where }))).error)?.code).toBe(code);
      expect(rosterError((await outcome(customer.update.mutate({ where }))).error)?.code).toBe(code);
      expect(refusing.requests).toHaveLength(2);
    },
  );

  it("makes only the refused calls of a batch again", async () => {
    const seen: unknown[] = [];
    const busy = fakeRoster((input) => {
      seen.push(input);
      if (seen.length === 2) throw new RosterError("OVERLOADED", "later");
      return { id: "x" };
    });
    const { customer } = client(busy.fetch);
    const calls = ["a", "b", "c"].map((name) => customer.create.mutate({ name }));
    await outcome(Promise.all(calls));
    expect(seen).toEqual([{ name: "a" }, { name: "b" }, { name: "c" }, { name: "b" }]);
  });
});

describe("the number of attempts", () => {
  const never: Fetch = () => Promise.reject(new TypeError("fetch failed"));

  it.each([
    [undefined, 4],
    [0, 1],
    [1, 2],
  ])("with retries: %s is at most %s", async (retries, attempts) => {
    const fetch = vi.fn(never);
    const { error } = await outcome(client(fetch, retries).customer.get.query({ where }));
    expect(isNetworkFailure(error)).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(attempts);
  });

  it("is reached with pauses that double, up to five seconds, of which chance takes up to a half", () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    expect([1, 2, 3, 10].map(backOff)).toEqual([100, 200, 400, 2500]);
    vi.spyOn(Math, "random").mockReturnValue(0.999_999_999);
    expect([1, 2, 3, 10].map(backOff).map(Math.round)).toEqual([200, 400, 800, 5000]);
  });

  it("waits for the pause before the next attempt", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = vi.fn(never);
    const call = client(fetch, 1).customer.get.query({ where });
    const settled = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(95);
    expect(fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(isNetworkFailure(await settled)).toBe(true);
  });
});

describe("an aborted call", () => {
  const aborted = (signal: AbortSignal) => signal.reason as Error;

  it("ends in the pause between two attempts, and sends nothing more", async () => {
    const fetch = vi.fn<Fetch>(() => Promise.reject(new TypeError("fetch failed")));
    const controller = new AbortController();
    const call = client(fetch).customer.get.query({ where }, { signal: controller.signal });
    const settled = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    expect(await settled).toMatchObject({ cause: aborted(controller.signal) });
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("is not sent at all when it was aborted before, not even beside others of its batch", async () => {
    const seen: unknown[] = [];
    const { fetch } = fakeRoster((input) => {
      seen.push(input);
      return { id: "x" };
    });
    const { customer } = client(fetch);
    const kept = customer.create.mutate({ name: "kept" });
    const dropped = customer.create.mutate({ name: "dropped" }, { signal: AbortSignal.abort() });
    const [, { error }] = await Promise.all([outcome(kept), outcome(dropped)]);
    expect(isNetworkFailure(error)).toBe(false);
    expect(error).toMatchObject({ cause: { name: "AbortError" } });
    expect(seen).toEqual([{ name: "kept" }]);
  });

  it("ends at once, and the others of its batch go on", async () => {
    let answer = (_value: unknown): void => undefined;
    const slow = new Promise((resolve) => (answer = resolve));
    const { fetch } = fakeRoster(() => slow);
    const { customer } = client(fetch);
    const controller = new AbortController();
    const kept = customer.get.query({ where });
    const dropped = customer.get.query({ where }, { signal: controller.signal });
    const settled = dropped.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    expect(await settled).toMatchObject({ cause: aborted(controller.signal) });
    answer({ id: "kept" });
    expect(await kept).toEqual({ id: "kept" });
  });

  it("is not made again when the network fails as it ends", async () => {
    const controller = new AbortController();
    const fetch = vi.fn<Fetch>(
      (_url, { signal }) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))),
        ),
    );
    const call = client(fetch).customer.get.query({ where }, { signal: controller.signal });
    const settled = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await settled;
    await vi.runAllTimersAsync();
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
