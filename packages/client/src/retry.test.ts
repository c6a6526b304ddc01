import { RosterError, type ErrorCode } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "./client.ts";
import { isNetworkFailure, isUnavailable, isUncertain, networkFailure, rosterError } from "./errors.ts";
import { createLocalClient } from "./local.ts";
import type { Fetch } from "./network.ts";
import { backOff } from "./retry.ts";
import { fakeRoster, inTurn, networkError, proxyAnswer } from "./testing/fake-roster.ts";

const where = { id: "0198f1de-0000-7000-8000-000000000000" };
const roster = fakeRoster((_input, path) => (path === "customer.update" ? { customer: {} } : { id: path }));
const client = (fetch: Fetch, retries?: number, idempotency?: boolean) =>
  createClient({ url: "http://roster.test", token: "t", fetch, retries, idempotency });

/** Waits for a call and returns its outcome. */
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

/** A connection that breaks after the answer has begun. */
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
/** A complete answer that lacks its last part. */
const cutAnswer = () =>
  new Response('{"0":[[0],[null,0,0]]}\n', { headers: { "content-type": "application/json" } });

/** Failures, and which calls may be repeated after them; `always` includes mutations without a key. */
const failures = {
  "a refused connection": { step: networkError("ECONNREFUSED"), again: "always" },
  "a name that does not resolve": { step: networkError("EAI_AGAIN"), again: "always" },
  "a reset connection": { step: networkError("ECONNRESET"), again: "if repeatable" },
  "a failure without a code": { step: networkError(undefined), again: "if repeatable" },
  "a timeout while waiting for the answer": {
    step: networkError("UND_ERR_HEADERS_TIMEOUT"),
    again: "if repeatable",
  },
  "an answer that breaks off": { step: brokenAnswer, again: "if repeatable" },
  "an answer that ends early": { step: cutAnswer, again: "if repeatable" },
  "a proxy's 429": { step: proxyAnswer(429), again: "if repeatable" },
  "a proxy's 502": { step: proxyAnswer(502), again: "if repeatable" },
  "a proxy's 503": { step: proxyAnswer(503), again: "if repeatable" },
  "a proxy's 504": { step: proxyAnswer(504), again: "if repeatable" },
  "a proxy's 403": { step: proxyAnswer(403), again: "never" },
  "an HTML page instead of an answer": { step: proxyAnswer(200), again: "never" },
} as const;

const patch = { name: "A" };
/** Calls that are safe to repeat, and one that is not. */
const repeatable: Record<string, (fetch: Fetch) => Promise<unknown>> = {
  "a query": (fetch) => client(fetch).customer.get.query({ where }),
  "a mutation with a generated key": (fetch) => client(fetch).customer.update.mutate({ where, patch }),
  "a mutation with the caller's own key": (fetch) =>
    client(fetch, 3, false).customer.update.mutate({ where, patch, idempotencyKey: "own" }),
  "a dry run": (fetch) => client(fetch, 3, false).customer.update.mutate({ where, patch, dryRun: true }),
};
const once: Record<string, (fetch: Fetch) => Promise<unknown>> = {
  "a mutation without a key": (fetch) => client(fetch, 3, false).customer.update.mutate({ where, patch }),
};

describe.each(Object.entries(failures))("after %s", (_name, { step, again }) => {
  const expectation = async (made: boolean, call: (fetch: Fetch) => Promise<unknown>) => {
    const { fetch, calls } = inTurn(roster.fetch, step);
    const { value, error } = await outcome(call(fetch));
    expect(calls()).toBe(made ? 2 : 1);
    if (made) expect(value).toBeDefined();
    else expect(isNetworkFailure(error)).toBe(true);
  };

  it.each(Object.entries(repeatable))(
    `%s is ${again === "never" ? "not repeated" : "repeated"}`,
    (_what, call) => expectation(again !== "never", call),
  );

  it.each(Object.entries(once))(`%s is ${again === "always" ? "repeated" : "not repeated"}`, (_what, call) =>
    expectation(again === "always", call),
  );
});

describe("a mutation of which an attempt may have been applied", () => {
  const refuse = (code: ErrorCode) =>
    fakeRoster(() => {
      throw new RosterError(code, "no");
    });
  const lost = networkError("ECONNRESET");
  const update = (fetch: Fetch, retries = 3) =>
    outcome(client(fetch, retries).customer.update.mutate({ where, patch }));

  it("reports that at the end, although the last attempt was certainly not sent", async () => {
    const away = networkError("ECONNREFUSED");
    const { fetch, calls } = inTurn(roster.fetch, away, lost, away, away);
    const { error } = await update(fetch);
    expect(calls()).toBe(4);
    expect(networkFailure(error)?.sent).toBe(true);
  });

  it.each(["OVERLOADED", "UNAVAILABLE", "UNAUTHENTICATED", "FORBIDDEN"] as const)(
    "reports that at the end, although the last attempt was refused with %s",
    async (code) => {
      const { error } = await update(inTurn(refuse(code).fetch, lost).fetch);
      expect(networkFailure(error)?.sent).toBe(true);
    },
  );

  it.each(["OVERLOADED", "UNAVAILABLE", "UNAUTHENTICATED", "FORBIDDEN"] as const)(
    "stays UNCERTAIN if Roster said so for an earlier attempt, although the last was refused with %s",
    async (code) => {
      let attempts = 0;
      const { fetch } = fakeRoster(() => {
        throw new RosterError(++attempts === 1 ? "UNCERTAIN" : code, "no");
      });
      const { error } = await update(fetch);
      expect(attempts).toBeGreaterThan(1);
      expect(isUncertain(error)).toBe(true);
    },
  );

  it("reports that at the end, although no token was available for the last attempt", async () => {
    const { fetch } = inTurn(roster.fetch, lost);
    const token = vi.fn<() => string>(() => {
      if (token.mock.calls.length > 1) throw new Error("the vault is sealed");
      return "t";
    });
    const sealed = createClient({ url: "http://roster.test", token, fetch });
    const { error } = await outcome(sealed.customer.update.mutate({ where, patch }));
    expect(networkFailure(error)?.sent).toBe(true);
  });

  it.each(["CONFLICT", "STALE_VERSION", "NOT_FOUND", "INVALID", "INTERNAL"] as const)(
    "is refused with %s if Roster decided that, because it looks up the key first",
    async (code) => {
      expect(rosterError((await update(inTurn(refuse(code).fetch, lost).fetch)).error)?.code).toBe(code);
    },
  );

  it("differs from one of which no attempt was applied", async () => {
    const away = networkError("ECONNREFUSED");
    const { error } = await update(inTurn(roster.fetch, away, away).fetch, 1);
    expect(networkFailure(error)?.sent).toBe(false);
    const busy = await update(inTurn(refuse("OVERLOADED").fetch, away).fetch);
    expect(isUnavailable(busy.error)).toBe(true);
  });

  it("differs from a query, which reports the result of its last attempt", async () => {
    const { fetch } = inTurn(refuse("UNAUTHENTICATED").fetch, lost);
    const { error } = await outcome(client(fetch).customer.get.query({ where }));
    expect(rosterError(error)?.code).toBe("UNAUTHENTICATED");
  });
});

describe("after a computer's sleep, a mutation", () => {
  const hour = 60 * 60 * 1_000;
  const lost = networkError("ECONNRESET");
  const update = async (asleep: number, idempotency?: boolean, step = lost) => {
    const { fetch, calls } = inTurn(roster.fetch, step);
    const call = client(fetch, 3, idempotency).customer.update.mutate({ where, patch });
    const settled = call.then(
      () => undefined,
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(10);
    expect(calls()).toBe(1);
    vi.setSystemTime(Date.now() + asleep);
    await vi.runAllTimersAsync();
    return { error: await settled, calls: calls() };
  };

  it("is repeated while Roster certainly remembers the key", async () => {
    expect(await update(11 * hour)).toEqual({ error: undefined, calls: 2 });
  });

  it("is given up once the key may be forgotten, because it could be applied twice", async () => {
    const { error, calls } = await update(13 * hour);
    expect(calls).toBe(1);
    expect(networkFailure(error)?.sent).toBe(true);
  });

  it.each([true, false])("is repeated at any time if it was never sent (with a key: %s)", async (key) => {
    expect(await update(48 * hour, key, networkError("ECONNREFUSED"))).toEqual({
      error: undefined,
      calls: 2,
    });
  });
});

describe("a refusal by Roster", () => {
  it.each(["OVERLOADED", "UNAVAILABLE"] as const)(
    "with %s means that nothing was stored, so queries and mutations are repeated",
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

  it.each([
    [true, "is repeated: the server knows the key if the call was applied"],
    [false, "without a key is final: the call may have been applied"],
  ])("with UNCERTAIN (keys: %s) %s", async (idempotency) => {
    let attempts = 0;
    const lost = fakeRoster(() => {
      if (++attempts === 1) throw new RosterError("UNCERTAIN", "nobody knows");
      return { customer: {} };
    });
    const { value, error } = await outcome<unknown>(
      client(lost.fetch, 3, idempotency).customer.update.mutate({ where, patch }),
    );
    expect(attempts).toBe(idempotency ? 2 : 1);
    expect(idempotency ? value : rosterError(error)?.code).toEqual(
      idempotency ? { customer: {} } : "UNCERTAIN",
    );
  });

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

  it("makes only the refused calls of a batch repeat", async () => {
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

  it.each([Number.NaN, -1])("cannot be set to %s, because NaN would never end", (retries) => {
    const message = "retries: must be a number, 0 or more";
    expect(() => client(never, retries)).toThrow(message);
    const api = { router: undefined as never, context: () => ({}) };
    expect(() => createLocalClient(api, { token: "t", retries })).toThrow(message);
  });

  it("is reached with pauses that double up to five seconds and are up to half random", () => {
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

  it("ends in the pause between two attempts and sends nothing more", async () => {
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

  it("is not sent at all if it was aborted before, even in a batch with others", async () => {
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

  it("ends at once, while the other calls of its batch continue", async () => {
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

  it("is not repeated if the network fails as it ends", async () => {
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
