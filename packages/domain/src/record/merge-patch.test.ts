import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonObject } from "../testing/arbitraries.ts";
import { frozen } from "../testing/records.ts";
import { jsonEqual, type JsonObject, type JsonValue } from "./json.ts";
import { mergePatch } from "./merge-patch.ts";

describe("RFC 7396, appendix A", () => {
  test.each<[original: JsonValue, patch: JsonValue, result: JsonValue]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j patched by %j is %j", (original, patch, result) => {
    expect(mergePatch(frozen(original), frozen(patch))).toStrictEqual(result);
  });
});

describe("keys with a meaning in JavaScript:", () => {
  const parse = (text: string) => JSON.parse(text) as JsonObject;

  test.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])(
    "%s is set, merged and removed like any other key",
    (key) => {
      const given = parse(`{"${key}":{"polluted":true}}`);
      const set = mergePatch({}, given) as JsonObject;
      expect(Object.entries(set)).toEqual([[key, { polluted: true }]]);
      const merged = mergePatch(set, parse(`{"${key}":{"more":1}}`)) as JsonObject;
      expect(Object.entries(merged)).toEqual([[key, { polluted: true, more: 1 }]]);
      const removed = mergePatch(merged, parse(`{"${key}":null}`));
      expect(Object.keys(removed as JsonObject)).toEqual([]);
      for (const object of [set, merged, removed])
        expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      expect(({} as JsonObject)["polluted"]).toBeUndefined();
    },
  );
});

test("neither argument is changed, and applying the patch again changes nothing", () => {
  fc.assert(
    fc.property(jsonObject, jsonObject, (target, patch) => {
      const once = mergePatch(frozen(target), frozen(patch));
      expect(jsonEqual(mergePatch(once, patch), once)).toBe(true);
    }),
  );
});
