import { createTRPCClient } from "@trpc/client";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { lossesIn } from "./checked-input.ts";
import { createClient } from "./client.ts";
import { faults, isInvalid } from "./errors.ts";
import { rosterLinks } from "./links.ts";
import { createLocalClient } from "./local.ts";
import { routerType, type AppRouter } from "./router.ts";
import { fakeRoster } from "./testing/fake-roster.ts";

const wrong = (input: unknown): string[] => lossesIn(input).map(({ pointer, code }) => `${pointer} ${code}`);
const noDate = new Date("31/12/2026");
const cycle: { self?: unknown } = {};
cycle.self = [cycle];
const sparse: unknown[] = [1];
sparse[2] = 3;
class Money {
  amount = 1;
  toJSON() {
    return "1 EUR";
  }
}

describe("an input that JSON would alter is refused with a pointer:", () => {
  it.each<[what: string, value: unknown, code: string]>([
    ["an invalid Date", noDate, "invalid_format"],
    ["NaN", NaN, "invalid_type"],
    ["Infinity", Infinity, "invalid_type"],
    ["-Infinity", -Infinity, "invalid_type"],
    ["a BigInt", 1n, "invalid_type"],
    ["a function", () => 1, "invalid_type"],
    ["a symbol", Symbol("a"), "invalid_type"],
    ["a Map", new Map([["a", 1]]), "invalid_type"],
    ["a Set", new Set(["a"]), "invalid_type"],
    ["an instance of a class", new Money(), "invalid_type"],
    ["bytes", new Uint8Array(2), "invalid_type"],
    ["a URL", new URL("http://x.example"), "invalid_type"],
    ["a pattern", /a/, "invalid_type"],
    ["a number object", Object(1), "invalid_type"],
    ["half of a surrogate pair", "a\uD835", "invalid_format"],
    ["NUL", "a\u0000", "invalid_format"],
  ])("%s", (_what, value, code) => {
    expect(wrong(value)).toEqual([` ${code}`]);
    expect(wrong({ patch: { properties: { list: [{ "a/b": value }] } } })).toEqual([
      `/patch/properties/list/0/a~1b ${code}`,
    ]);
  });

  it.each<[what: string, input: unknown, faults: string[]]>([
    ["undefined in an array", { ids: ["a", undefined] }, ["/ids/1 invalid_type"]],
    ["a hole in an array", { add: { groupTags: sparse } }, ["/add/groupTags/1 invalid_type"]],
    ["what contains itself", { properties: cycle }, ["/properties/self/0 too_deep"]],
    ["a Date in properties", { properties: { since: new Date(0) } }, ["/properties/since invalid_type"]],
    [
      "a Date in a mapping",
      { replace: { mapping: { at: [new Date(0)] } } },
      ["/replace/mapping/at/0 invalid_type"],
    ],
    [
      "a key with an unpaired surrogate",
      { properties: { "\uDC00": 1 } },
      ["/properties/\uDC00 invalid_format"],
    ],
    [
      "what toJSON gives",
      { properties: { toJSON: () => ({ seats: NaN }) } },
      ["/properties/seats invalid_type"],
    ],
    ["a Date of another realm", runInNewContext("({ at: new Date(NaN) })"), ["/at invalid_format"]],
    [
      "everything that is wrong",
      { where: { number: NaN }, patch: { activationDate: noDate, properties: { a: [1n] } } },
      [
        "/where/number invalid_type",
        "/patch/activationDate invalid_format",
        "/patch/properties/a/0 invalid_type",
      ],
    ],
  ])("%s", (_what, input, faults) => {
    expect(wrong(input)).toEqual(faults);
  });

  it("excessive nesting, without a stack overflow", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 50_000; i++) deep = [deep];
    expect(lossesIn({ properties: { deep } })).toMatchObject([{ code: "too_deep" }]);
  });
});

it("any other input is accepted", () => {
  const instant = new Date(0);
  expect(wrong(undefined)).toEqual([]);
  expect(wrong({ at: instant, patch: { activationDate: instant, name: undefined } })).toEqual([]);
  expect(wrong(runInNewContext("({ a: [1, { b: new Date(0) }] })"))).toEqual([]);
  const shared = { a: [0, -0, 0.1, 1e300, true, null, "", "𝒳"] };
  expect(wrong([shared, shared])).toEqual([]);
});

describe("altered input is refused before anything is sent", () => {
  const made = () => {
    const roster = fakeRoster(() => ({}));
    const options = { url: "http://roster.test", token: "t", fetch: roster.fetch };
    return { ...roster, options };
  };
  const refused = async (call: Promise<unknown>, pointer: string) => {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(isInvalid(error)).toBe(true);
    expect(Object.keys(faults(error))).toEqual([pointer]);
  };

  it("by createClient, for mutations, queries and watches", async () => {
    const { options, requests } = made();
    const client = createClient(options);
    await refused(client.token.create.mutate({ scopes: ["admin"], expiresAt: noDate }), "/expiresAt");
    await refused(client.customer.list.query({ filter: { changedSince: noDate } }), "/filter/changedSince");
    await refused(client.change.watch({ after: NaN }).next(), "/after");
    expect(requests).toEqual([]);
  });

  it("by a client in the same process", async () => {
    const client = createLocalClient({ router: routerType, context: () => ({}) }, { token: "t" });
    await refused(client.customer.create.mutate({ properties: { seats: NaN } }), "/properties/seats");
    await refused(client.customer.at.query({ where: { number: 1 }, at: noDate }), "/at");
  });

  it("by the links in any other client", async () => {
    const { options, requests } = made();
    const client = createTRPCClient<AppRouter>({ links: rosterLinks(options) });
    const patch = { activationDate: noDate };
    await refused(client.customer.update.mutate({ where: { number: 1 }, patch }), "/patch/activationDate");
    expect(requests).toEqual([]);
  });
});
