import { RosterError } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "./client.ts";
import { isReplay } from "./idempotency.ts";
import type { ClientOptions } from "./links.ts";
import { fakeRoster, inTurn, networkError } from "./testing/fake-roster.ts";

const where = { id: "0198f1de-0000-7000-8000-000000000000" };
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A client and the calls that arrive, after a given number of failures. */
function setUp(options: Partial<ClientOptions> = {}, failures = 0) {
  const arrived: { input: unknown; key: unknown }[] = [];
  let left = failures;
  const roster = fakeRoster((input, _path, key) => {
    arrived.push({ input, key });
    if (left-- > 0) throw new RosterError("OVERLOADED", "later");
    return { items: [], customer: {} };
  });
  const { customer } = createClient({
    url: "http://roster.test",
    token: "t",
    fetch: roster.fetch,
    ...options,
  });
  return { customer, arrived, requests: roster.requests, keys: () => arrived.map(({ key }) => key) };
}

/** Waits until the calls have ended. */
async function done(...calls: Promise<unknown>[]): Promise<void> {
  const all = Promise.all(calls);
  await Promise.all([vi.runAllTimersAsync(), all]);
}

describe("a mutation without an idempotency key", () => {
  it("gets a UUID as its key beside its own input", async () => {
    const { customer, arrived } = setUp();
    await done(customer.create.mutate({ name: "A" }));
    expect(arrived).toEqual([{ input: { name: "A" }, key: expect.stringMatching(uuid) }]);
  });

  it("gets the same key for every attempt, whatever failed", async () => {
    const { customer, keys, requests } = setUp({}, 2);
    await done(customer.create.mutate({ name: "A" }));
    expect(requests).toHaveLength(3);
    expect(new Set(keys()).size).toBe(1);
  });

  it("gets another key than the next mutation, even with the same input in the same batch", async () => {
    const { customer, keys, requests } = setUp();
    const input = { where, add: { emails: ["a@acme.example"] } };
    await done(customer.update.mutate(input), customer.update.mutate(input));
    await done(customer.update.mutate(input));
    expect(requests).toHaveLength(2);
    expect(new Set(keys()).size).toBe(3);
    expect(input).toEqual({ where, add: { emails: ["a@acme.example"] } });
  });

  it("gets a key if its own is undefined", async () => {
    const { customer, keys } = setUp();
    await done(customer.create.mutate({ name: "A", idempotencyKey: undefined }));
    expect(keys()).toEqual([expect.stringMatching(uuid)]);
  });

  it("gets a key on a page without HTTPS, where browsers offer no UUIDs", async () => {
    const { customer, keys } = setUp();
    vi.stubGlobal("crypto", {
      getRandomValues: (bytes: Uint8Array) => bytes.map((_, i) => i * 16),
    });
    await done(customer.create.mutate({ name: "A" }));
    expect(keys()).toEqual(["00102030405060708090a0b0c0d0e0f0"]);
  });

  it("gets no key without a random source, and is not repeated if its answer is lost", async () => {
    vi.stubGlobal("crypto", undefined);
    const { arrived, requests, customer } = setUp();
    await done(customer.create.mutate({ name: "A" }));
    expect(arrived).toEqual([{ input: { name: "A" }, key: undefined }]);
    expect(requests).toHaveLength(1);
    const { fetch, calls } = inTurn(() => expect.fail("made again"), networkError("ECONNRESET"));
    const client = createClient({ url: "http://roster.test", token: "t", fetch });
    await done(expect(client.customer.create.mutate({})).rejects.toThrow("ECONNRESET"));
    expect(calls()).toBe(1);
  });
});

describe("no idempotency key is added", () => {
  it("to a query", async () => {
    const { customer, requests } = setUp();
    await done(customer.list.query({ limit: 1 }), customer.get.query({ where }));
    for (const { url } of requests) expect(url.search).not.toContain("idempotencyKey");
  });

  it("to a call with its own key", async () => {
    const { customer, keys } = setUp({}, 1);
    await done(customer.create.mutate({ name: "A", idempotencyKey: "own" }));
    expect(keys()).toEqual(["own", "own"]);
  });

  it("to a call with a key that Roster will refuse", async () => {
    const { customer, keys } = setUp();
    await done(customer.create.mutate({ idempotencyKey: "" }));
    await done(customer.create.mutate({ idempotencyKey: null as unknown as string }));
    expect(keys()).toEqual(["", null]);
  });

  it("to a dry run, which stores nothing", async () => {
    const { customer, keys } = setUp();
    await done(customer.update.mutate({ where, patch: { name: "A" }, dryRun: true }));
    await done(customer.update.mutate({ where, patch: { name: "A" }, dryRun: false }));
    expect(keys()).toEqual([undefined, expect.stringMatching(uuid)]);
  });

  it("with `idempotency: false`", async () => {
    const { customer, keys } = setUp({ idempotency: false });
    await done(customer.create.mutate({ name: "A" }), customer.create.mutate({ idempotencyKey: "own" }));
    expect(keys()).toEqual([undefined, "own"]);
  });

  it("without retries, where it would have no use", async () => {
    const { customer, keys } = setUp({ retries: 0 });
    await done(customer.create.mutate({ name: "A" }));
    expect(keys()).toEqual([undefined]);
  });

  it("to an input that is not an object, which Roster will refuse", async () => {
    const { customer, requests } = setUp();
    const wrong = customer.create.mutate as (input?: unknown) => Promise<unknown>;
    for (const input of [["a"], "text", 7, null]) {
      await done(wrong(input).catch(() => undefined));
      expect(JSON.parse(requests.at(-1)?.body ?? "")).toEqual(input);
    }
    await done(wrong().catch(() => undefined));
    expect(requests.at(-1)?.body).toBeUndefined();
  });
});

describe("the input of a mutation", () => {
  it("stays as it was at the call in every attempt, even if the caller changes the object", async () => {
    const { customer, arrived } = setUp({}, 1);
    const input = { name: "first", properties: { plan: { name: "free" } }, timestamp: new Date(0) };
    const first = customer.create.mutate(input);
    input.name = "second";
    input.properties.plan.name = "pro";
    const second = customer.create.mutate(input);
    await done(first, second);
    const sent = (name: string, plan: string) => ({
      name,
      properties: { plan: { name: plan } },
      timestamp: "1970-01-01T00:00:00.000Z",
    });
    expect(arrived.map(({ input }) => input)).toEqual([
      sent("first", "free"),
      sent("second", "pro"),
      sent("first", "free"),
    ]);
  });

  it("is the result of its `toJSON`, if it has one", async () => {
    const { customer, arrived } = setUp();
    const form = { dirty: true, toJSON: () => ({ name: "A" }) };
    await done(customer.create.mutate(form as unknown as { name: string }));
    expect(arrived).toEqual([{ input: { name: "A" }, key: expect.stringMatching(uuid) }]);
  });

  it("keeps keys with a meaning in JavaScript", async () => {
    const { customer, requests } = setUp();
    const properties = JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as { constructor: never };
    await done(customer.create.mutate({ properties }));
    expect(requests[0]?.body).toContain('{"__proto__":{"admin":true},"constructor":1}');
  });
});

it("a replayed answer is marked as such", () => {
  expect(isReplay({ id: "x", replayed: true })).toBe(true);
  expect(isReplay({ id: "x" })).toBe(false);
  expect(isReplay({ id: "x", replayed: "no" })).toBe(false);
});
