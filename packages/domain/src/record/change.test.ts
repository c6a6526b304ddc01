import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { customerFields } from "../customer/customer.ts";
import { tokenFields } from "../reference/reference.ts";
import { jsonObject } from "../testing/arbitraries.ts";
import { frozen } from "../testing/records.ts";
import { apply, diff, inverse, loggedFields, type Change } from "./change.ts";
import { jsonEqual, type JsonObject } from "./json.ts";

const between = (from: JsonObject, to: JsonObject) =>
  diff(frozen(from), frozen(to), new Set([...Object.keys(from), ...Object.keys(to)]));

describe("the changes from one record to another", () => {
  test.each<[what: string, from: JsonObject, to: JsonObject, changes: Change[]]>([
    ["nothing", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["a value", { a: 1 }, { a: null }, [{ path: "/a", from: 1, to: null }]],
    [
      "keys at any depth",
      { a: { b: { c: 1, d: 2 } } },
      { a: { b: { c: 1, d: 3 } } },
      [{ path: "/a/b/d", from: 2, to: 3 }],
    ],
    ["a new key", { a: {} }, { a: { b: null } }, [{ path: "/a/b", to: null }]],
    ["a lost key", { a: { b: {} } }, { a: {} }, [{ path: "/a/b", from: {} }]],
    ["an array as a whole", { a: [1, 2] }, { a: [1, 3] }, [{ path: "/a", from: [1, 2], to: [1, 3] }]],
    ["an object in place of null", { a: null }, { a: { b: 1 } }, [{ path: "/a", from: null, to: { b: 1 } }]],
    [
      "an object in place of an array",
      { a: { b: [] } },
      { a: { b: {} } },
      [{ path: "/a/b", from: [], to: {} }],
    ],
    ["a key with a slash", { a: { "b/c": 1 } }, { a: { "b/c": 2 } }, [{ path: "/a/b~1c", from: 1, to: 2 }]],
    ["an inherited name", { a: {} }, { a: { constructor: 1 } }, [{ path: "/a/constructor", to: 1 }]],
  ])("%s", (_what, from, to, changes) => {
    expect(between(from, to)).toEqual(changes);
  });

  test("leave out fields that are not asked for", () => {
    expect(diff({ a: 1, b: 1 }, { a: 2, b: 2 }, ["b"])).toEqual([{ path: "/b", from: 1, to: 2 }]);
  });
});

// Records are objects of objects, so any JSON object can be a top-level value.
const record = fc.dictionary(
  fc.constantFrom("name", "properties", "mapping"),
  fc.oneof(jsonObject, jsonObject, fc.constantFrom(null, 1, "x"), fc.array(jsonObject, { maxLength: 2 })),
  { noNullPrototype: true },
) as fc.Arbitrary<JsonObject>;

test("applying the changes gives the second record, and applying their inverse gives the first", () => {
  fc.assert(
    fc.property(record, record, (from, to) => {
      const changes = frozen(between(from, to));
      expect(jsonEqual(apply(from, changes), to)).toBe(true);
      expect(jsonEqual(apply(to, inverse(changes)), from)).toBe(true);
      expect(changes.length === 0).toBe(jsonEqual(from, to));
    }),
    { numRuns: 300 },
  );
});

test("the inverses of successive updates, in reverse order, lead back", () => {
  fc.assert(
    fc.property(record, record, record, (first, second, third) => {
      const changes = [...between(first, second), ...between(second, third)];
      expect(jsonEqual(apply(first, changes), third)).toBe(true);
      expect(jsonEqual(apply(third, inverse(changes)), first)).toBe(true);
    }),
  );
});

test("paths are escaped and unescaped, and a stored key __proto__ stays data", () => {
  const from = JSON.parse('{"p":{"__proto__":{"x":1},"~/":1}}') as JsonObject;
  const to = JSON.parse('{"p":{"__proto__":{"x":2}}}') as JsonObject;
  const changes = between(from, to);
  expect(changes.map(({ path }) => path)).toEqual(["/p/__proto__/x", "/p/~0~1"]);
  const applied = apply(from, changes);
  expect(JSON.stringify(applied)).toBe('{"p":{"__proto__":{"x":2}}}');
  expect(JSON.stringify(apply(applied, inverse(changes)))).toBe(JSON.stringify(from));
  expect(({} as JsonObject)["x"]).toBeUndefined();
});

describe("the log", () => {
  test("keeps the fields that callers write and the time of deletion, but nothing that the log row itself carries", () => {
    const logged = loggedFields(customerFields);
    expect(logged).toEqual(expect.arrayContaining(["email", "properties", "deletedAt", "number"]));
    for (const name of ["id", "version", "updatedAt", "createdBy"]) expect(logged).not.toContain(name);
  });

  test("never contains secret or computed fields", () => {
    expect(loggedFields(tokenFields)).not.toContain("hash");
    expect(loggedFields(customerFields)).not.toContain("computedProperties");
  });
});
