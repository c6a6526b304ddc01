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

/** A client, and the calls that arrive, after as many failures as are given. */
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

/** Waits for calls as long as they take. */
async function done(...calls: Promise<unknown>[]): Promise<void> {
  const all = Promise.all(calls);
  await Promise.all([vi.runAllTimersAsync(), all]);
}

describe("a mutation that has no idempotency key", () => {
  it("gets one, a UUID, beside its own input", async () => {
    const { customer, arrived } = setUp();
    await done(customer.create.mutate({ name: "A" }));
    expect(arrived).toEqual([{ input: { name: "A" }, key: expect.stringMatching(uuid) }]);
  });

  it("gets the same one for each attempt, whatever has failed", async () => {
    const { customer, keys, requests } = setUp({}, 2);
    await done(customer.create.mutate({ name: "A" }));
    expect(requests).toHaveLength(3);
    expect(new Set(keys()).size).toBe(1);
  });

  it("gets another than the next, with the same input, and in the same batch too", async () => {
    const { customer, keys, requests } = setUp();
    const input = { where, add: { emails: ["a@acme.example"] } };
    await done(customer.update.mutate(input), customer.update.mutate(input));
    await done(customer.update.mutate(input));
    expect(requests).toHaveLength(2);
    expect(new Set(keys()).size).toBe(3);
    expect(input).toEqual({ where, add: { emails: ["a@acme.example"] } });
  });

  it("gets one where it says that its key is undefined", async () => {
    const { customer, keys } = setUp();
    await done(customer.create.mutate({ name: "A", idempotencyKey: undefined }));
    expect(keys()).toEqual([expect.stringMatching(uuid)]);
  });

  it("gets one on a page without HTTPS, where browsers give no UUIDs", async () => {
    const { customer, keys } = setUp();
    vi.stubGlobal("crypto", {
      getRandomValues: (bytes: Uint8Array) => bytes.map((_, i) => i * 16),
    });
    await done(customer.create.mutate({ name: "A" }));
    expect(keys()).toEqual(["00102030405060708090a0b0c0d0e0f0"]);
  });

  it("goes without one where nothing can make any, and is not made again when its answer is lost", async () => {
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

describe("no idempotency key is given", () => {
  it("to a query", async () => {
    const { customer, requests } = setUp();
    await done(customer.list.query({ limit: 1 }), customer.get.query({ where }));
    for (const { url } of requests) expect(url.search).not.toContain("idempotencyKey");
  });

  it("in place of the caller's own", async () => {
    const { customer, keys } = setUp({}, 1);
    await done(customer.create.mutate({ name: "A", idempotencyKey: "own" }));
    expect(keys()).toEqual(["own", "own"]);
  });

  it("in place of one that Roster is going to refuse", async () => {
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

  it("where nothing is made again, so that it would serve nothing", async () => {
    const { customer, keys } = setUp({ retries: 0 });
    await done(customer.create.mutate({ name: "A" }));
    expect(keys()).toEqual([undefined]);
  });

  it("to an input that is no object, which is Roster's to refuse", async () => {
    const { customer, requests } = setUp();
    const wrong = customer.create.mutate as (input?: unknown) => Promise<unknown>;
    for (const input of [["a"], "text", 7, null]) {
      await done(wrong(input).catch(() => undefined));
      expect(JSON.parse(requests.at(-1)?.body ?? "")).toEqual({ 0: input });
    }
    await done(wrong().catch(() => undefined));
    expect(JSON.parse(requests.at(-1)?.body ?? "")).toEqual({});
  });
});

describe("the input of a mutation", () => {
  it("is what it was at the call, in each attempt, whatever the caller does with the object since", async () => {
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

  it("is what its `toJSON` gives, where it has one", async () => {
    const { customer, arrived } = setUp();
    const form = { dirty: true, toJSON: () => ({ name: "A" }) };
    await done(customer.create.mutate(form as unknown as { name: string }));
    expect(arrived).toEqual([{ input: { name: "A" }, key: expect.stringMatching(uuid) }]);
  });

  it("keeps the names that objects have a meaning for", async () => {
    const { customer, requests } = setUp();
    const properties = JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as { constructor: never };
    await done(customer.create.mutate({ properties }));
    expect(requests[0]?.body).toContain('{"__proto__":{"admin":true},"constructor":1}');
  });
});

it("an answer says whether it is one again", () => {
  expect(isReplay({ id: "x", replayed: true })).toBe(true);
  expect(isReplay({ id: "x" })).toBe(false);
  expect(isReplay({ id: "x", replayed: "no" })).toBe(false);
});
