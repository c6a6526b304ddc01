import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fault } from "../errors.ts";
import { jsonObject } from "../testing/arbitraries.ts";
import { frozen, wrong } from "../testing/records.ts";
import { checkSize, copyJson, jsonEqual, jsonLimits, type JsonObject, type JsonValue } from "./json.ts";

function copied(value: unknown): { copy: JsonValue; faults: Fault[] } {
  const faults: Fault[] = [];
  return { copy: copyJson(value, "/p", faults), faults };
}
function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}
const wide = (keys: number): JsonObject =>
  Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i]));

describe("limits", () => {
  // `{"a":""}` is 8 characters.
  const long = (length: number) => ({ a: "x".repeat(length - 8) });

  test.each([
    ["depth", nested(jsonLimits.depth)],
    ["keys", wide(jsonLimits.keys)],
    ["elements", { a: Array.from({ length: jsonLimits.keys - 1 }, () => 0) }],
    ["size", long(jsonLimits.bytes)],
  ])("accept a value exactly at the limit of %s", (_bound, value) => {
    expect(copied(value)).toEqual({ copy: value, faults: [] });
  });

  test.each([
    [
      "depth",
      nested(jsonLimits.depth + 1),
      "/p" + "/a".repeat(32),
      "too_deep",
      "nested deeper than 32 levels",
    ],
    ["keys", wide(jsonLimits.keys + 1), "/p", "too_many", "has 1001 keys and elements, more than 1000"],
    [
      "elements",
      { a: [[0, 0], wide(jsonLimits.keys - 4)] },
      "/p",
      "too_many",
      "has 1001 keys and elements, more than 1000",
    ],
    ["size", long(jsonLimits.bytes + 1), "/p", "too_large", "is 65537 characters of JSON, more than 65536"],
  ])("refuse a value over the limit of %s and name the limit", (_bound, value, pointer, code, message) => {
    expect(copied(value).faults).toEqual([{ pointer, code, message }]);
  });

  test("report excessive depth once, and never overflow the stack", () => {
    const both = { a: nested(40), b: nested(10_000) };
    expect(wrong(copied(both).faults)).toEqual(["/p" + "/a".repeat(32) + " too_deep"]);
  });

  test("apply to the whole of a value that has grown", () => {
    const faults: Fault[] = [];
    checkSize({ a: wide(600), b: wide(600) }, "/p", faults);
    checkSize(long(jsonLimits.bytes + 1), "/q", faults);
    checkSize({ a: wide(499), b: wide(499) }, "/r", faults);
    expect(wrong(faults)).toEqual(["/p too_many", "/q too_large"]);
    expect(faults[0]?.message).toBe("has 1202 keys and elements, more than 1000");
  });
});

describe("a value that is not JSON", () => {
  class Money {
    amount = 1;
  }
  const sparse: unknown[] = [];
  sparse[1] = 1;

  test.each<[what: string, value: unknown]>([
    ["NaN", { a: NaN }],
    ["infinity", { a: -Infinity }],
    ["a bigint", { a: 1n }],
    ["a symbol", { a: Symbol("a") }],
    ["a function", { a: () => 1 }],
    ["a Date", { a: new Date(0) }],
    ["a Map", { a: new Map() }],
    ["an instance of a class", { a: new Money() }],
  ])("is refused at its place: %s", (_what, value) => {
    expect(wrong(copied(value).faults)).toEqual(["/p/a invalid_type"]);
  });

  test.each<[what: string, value: unknown]>([
    ["undefined", { a: [undefined, 1] }],
    ["a hole", { a: sparse }],
  ])("is refused in an array: %s", (_what, value) => {
    expect(wrong(copied(value).faults)).toEqual(["/p/a/0 invalid_type"]);
  });

  test("may be an undefined member, which is ignored", () => {
    expect(copied({ a: undefined, b: 1 })).toEqual({ copy: { b: 1 }, faults: [] });
  });

  test("has all its faults reported, with keys escaped", () => {
    expect(wrong(copied({ "a/b": NaN, "~": [1n, { x: Infinity }] }).faults)).toEqual([
      "/p/a~1b invalid_type",
      "/p/~0/0 invalid_type",
      "/p/~0/1/x invalid_type",
    ]);
  });
});

describe("text", () => {
  test.each(["", " ", "é", "𝒳", "👩‍👩‍👧", "\u0001", "\uFFFD", "line\nbreak", "\u2028", "ﷺ"])(
    "%j is kept as written",
    (text) => {
      const value = { [text]: text };
      expect(copied(value)).toEqual({ copy: value, faults: [] });
    },
  );

  test.each([
    ["NUL", "a\u0000b", "contains the character U+0000"],
    ["a high surrogate alone", "a\uD835", "contains half of a surrogate pair"],
    ["a low surrogate alone", "\uDCB3b", "contains half of a surrogate pair"],
    ["surrogates in the wrong order", "\uDCB3\uD835", "contains half of a surrogate pair"],
  ])("with %s is refused, in values and in keys", (_what, text, message) => {
    expect(copied({ a: text }).faults).toEqual([{ pointer: "/p/a", code: "invalid_format", message }]);
    expect(copied({ [text]: 1 }).faults).toEqual([
      { pointer: `/p/${text}`, code: "invalid_format", message },
    ]);
  });
});

describe("keys with a meaning in JavaScript:", () => {
  test("__proto__ is refused at any depth", () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"a":[{"__proto__":null}]}');
    const { copy, faults } = copied(value);
    expect(wrong(faults)).toEqual(["/p/__proto__ forbidden_key", "/p/a/0/__proto__ forbidden_key"]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy as JsonObject)["x"]).toBeUndefined();
  });

  test("constructor and prototype are ordinary data", () => {
    const value: unknown = JSON.parse('{"constructor":{"prototype":{"polluted":1}},"prototype":[]}');
    const { copy, faults } = copied(value);
    expect(faults).toEqual([]);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
    expect(({} as JsonObject)["polluted"]).toBeUndefined();
  });
});

test("a copy equals the original and shares nothing with it", () => {
  const objectsIn = (value: unknown): object[] =>
    typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
  fc.assert(
    fc.property(jsonObject, (value) => {
      const { copy, faults } = copied(frozen(value));
      expect(faults).toEqual([]);
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
      const given = new Set(objectsIn(value));
      expect(objectsIn(copy).some((object) => given.has(object))).toBe(false);
    }),
  );
});

test("negative zero becomes zero, because JSON text cannot express it", () => {
  expect(Object.is((copied({ a: -0 }).copy as JsonObject)["a"], 0)).toBe(true);
});

describe("equality", () => {
  test.each<[a: JsonValue, b: JsonValue | undefined, equal: boolean]>([
    [{ a: 1, b: [2, { c: null }] }, { b: [2, { c: null }], a: 1 }, true],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [{}, [], false],
    [{ a: null }, {}, false],
    [JSON.parse('{"__proto__":{}}') as JsonObject, { a: {} }, false],
    [null, undefined, false],
    [1, "1", false],
    [0, false, false],
  ])("of %j and %j is %s", (a, b, equal) => {
    expect(jsonEqual(a, b)).toBe(equal);
  });
});
