import { describe, expect, it } from "vitest";
import { setOwn, type JsonObject } from "../record/json.ts";
import { milliseconds } from "../testing/processor-time.ts";
import { compileSchema, type Validator } from "./compile-schema.ts";
import { schemaLimits } from "./read-schema.ts";

const range = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const keyed = <T>(count: number, make: (i: number) => T, prefix = "k"): Record<string, T> =>
  Object.fromEntries(range(count, (i) => [`${prefix}${i}`, make(i)]));

function validator(schema: object): Validator {
  const compiled = compileSchema(schema);
  if (typeof compiled !== "function") throw new Error(JSON.stringify(compiled));
  return compiled;
}
/** The messages of a value's faults by pointer. */
const faults = (schema: object, value: object): Record<string, string> =>
  Object.fromEntries(
    validator(schema)(value as JsonObject).map(({ pointer, message }) => [pointer, message]),
  );
/** The codes of a schema's faults by pointer. */
const refusedAt = (schema: unknown): Record<string, string> => {
  const compiled = compileSchema(schema);
  return typeof compiled === "function"
    ? {}
    : Object.fromEntries(compiled.map(({ pointer, code }) => [pointer, code]));
};

/** Parsed rather than a literal, because an object with `then` looks like a promise. */
const conditions = JSON.parse(
  '{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}',
) as object;

describe("properties that break a schema", () => {
  it("are all reported, each at its own place", () => {
    const schema = {
      type: "object",
      required: ["plan", "owner"],
      properties: {
        plan: { enum: ["free", "pro"] },
        seats: { type: "integer", minimum: 1 },
        "a/b": { type: "array", items: { type: "object", required: ["~"] } },
      },
      additionalProperties: false,
    };
    expect(faults(schema, { plan: "gold", seats: 0.5, "a/b": [{ "~": 1 }, {}], extra: null })).toEqual({
      "/owner": "is required",
      "/plan": 'must be one of "free", "pro"',
      "/seats": "must be >= 1",
      "/a~1b/1/~0": "is required",
      "/extra": "is not a property of the schema",
    });
  });

  it.each<[what: string, schema: object, value: object, faults: Record<string, string>]>([
    [
      "a type",
      { properties: { a: { type: ["string", "null"] } } },
      { a: 1 },
      { "/a": "must be string or null" },
    ],
    ["a constant", { properties: { a: { const: { x: 1 } } } }, { a: { x: 2 } }, { "/a": 'must be {"x":1}' }],
    [
      "the name of a key",
      { propertyNames: { pattern: "^[a-z]+$" } },
      { Ab: 1, ok: 2 },
      { "/Ab": 'the name must match pattern "^[a-z]+$"' },
    ],
    [
      "a key that another key requires",
      { dependentRequired: { card: ["address"] } },
      { card: 1 },
      { "/address": 'is required when "card" is present' },
    ],
    [
      "a key that no part of the schema knows",
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1, b: 2 },
      { "/b": "is not a property of the schema" },
    ],
    ["a key that is excluded", { properties: { a: false } }, { a: 1 }, { "/a": "is not allowed" }],
    ["a condition", conditions, { a: 1 }, { "/b": "is required" }],
    [
      "equal items",
      { properties: { l: { uniqueItems: true } } },
      {
        l: [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      },
      { "/l": "must not have equal items" },
    ],
    [
      "an exclusion",
      { not: { required: ["a"] } },
      { a: 1 },
      { "": "must not match what the schema excludes" },
    ],
    [
      "a multiple of a decimal",
      { properties: { a: { multipleOf: 0.01 } } },
      { a: 0.075 },
      { "/a": "must be multiple of 0.01" },
    ],
    [
      "too many characters",
      { properties: { a: { maxLength: 2 } } },
      { a: "😀😀😀" },
      { "/a": "must NOT have more than 2 characters" },
    ],
  ])("%s", (_what, schema, value, expected) => {
    expect(faults(schema, value)).toEqual(expected);
  });

  it("get the faults of one alternative if it is the only one of the right type", () => {
    const address = { type: "object", required: ["city"], properties: { zip: { type: "string" } } };
    const schema = { properties: { home: { anyOf: [{ type: "null" }, address] } } };
    expect(faults(schema, { home: { zip: 1 } })).toEqual({
      "/home/city": "is required",
      "/home/zip": "must be string",
    });
    expect(faults(schema, { home: 5 })).toEqual({ "/home": "matches none of the alternatives" });
    expect(faults(schema, { home: null })).toEqual({});
    const several = { properties: { n: { oneOf: [{ minimum: 1 }, { minimum: 2 }, { type: "string" }] } } };
    expect(faults(several, { n: 3 })).toEqual({ "/n": "matches more than one of the alternatives" });
  });

  it("get a limited number of faults", () => {
    const found = validator({ additionalProperties: { type: "string" } })(keyed(300, () => 1));
    expect(found).toHaveLength(101);
    expect(found.at(-1)?.message).toBe("breaks the schema in 200 more ways");
  });

  it.each([
    ["date", "2024-02-29", "2023-02-29"],
    ["date-time", "2024-01-01T00:00:00+01:00", "2024-01-01"],
    ["date-time", "2024-01-01T00:00:00Z", "0000-01-01T00:00:00+10:00"],
    ["email", "ada@example.com", "ada@"],
    ["uuid", "0190c5d6-7b1c-7c3e-8f00-1234567890ab", "0190c5d6"],
  ])("the format %s accepts %s and refuses %s", (format, fits, misfit) => {
    const schema = { properties: { a: { type: "string", format } } };
    expect([faults(schema, { a: fits }), faults(schema, { a: misfit })]).toEqual([
      {},
      { "/a": `must match format "${format}"` },
    ]);
  });

  it("may break any other format, which is an annotation", () => {
    expect(
      faults({ properties: { a: { format: "hostname" }, b: { format: "own" } } }, { a: "..", b: 1 }),
    ).toEqual({});
  });
});

describe("keys that every object inherits:", () => {
  it.each(["constructor", "toString", "valueOf", "hasOwnProperty"])("%s is an ordinary key", (key) => {
    const schema = {
      properties: { [key]: { type: "string" } },
      required: [key],
      additionalProperties: false,
    };
    expect(faults(schema, {})).toEqual({ [`/${key}`]: "is required" });
    expect(faults(schema, { [key]: 1 })).toEqual({ [`/${key}`]: "must be string" });
    expect(faults(schema, { [key]: "x" })).toEqual({});
  });

  it.each(["constructor", "valueOf", "toString"])("values with the key %s can be compared", (key) => {
    const value = { [key]: 1 };
    expect(faults({ properties: { a: { const: value } } }, { a: { [key]: 1 } })).toEqual({});
    expect(faults({ properties: { a: { enum: [value] } } }, { a: { [key]: 2 } })).not.toEqual({});
    expect(faults({ properties: { a: { uniqueItems: true } } }, { a: [value, { [key]: 1 }] })).toEqual({
      "/a": "must not have equal items",
    });
  });

  it("__proto__ is refused in a schema, as in every JSON field", () => {
    const properties: JsonObject = {};
    setOwn(properties, "__proto__", { type: "string" });
    expect(refusedAt({ properties })).toEqual({ "/properties/__proto__": "forbidden_key" });
  });
});

describe("a $ref", () => {
  it("includes a subschema beside its sibling keywords", () => {
    const schema = {
      $defs: { address: { type: "object", required: ["city"] }, "a/b": { $ref: "#/$defs/address" } },
      properties: { home: { $ref: "#/$defs/a~1b", required: ["zip"] }, work: { $ref: "#/properties/home" } },
    };
    expect(faults(schema, { home: { city: 1 }, work: {} })).toEqual({
      "/home/zip": "is required",
      "/work/city": "is required",
      "/work/zip": "is required",
    });
  });

  it.each([
    ["another document", { $ref: "https://example.com/schema" }, { "/$ref": "not_found" }],
    ["a file", { $ref: "file:///etc/passwd" }, { "/$ref": "not_found" }],
    ["a name", { $ref: "#address" }, { "/$ref": "not_found" }],
    ["nothing", { $ref: "#/$defs/none" }, { "/$ref": "not_found" }],
    ["what is no subschema", { enum: [{}], $ref: "#/enum/0" }, { "/$ref": "not_found" }],
    ["broken escapes", { $ref: "#/%E0%A4%A" }, { "/$ref": "not_found" }],
    ["itself", { $ref: "#" }, { "/$ref": "cycle" }],
    [
      "itself indirectly, even in an unused definition",
      { $defs: { a: { items: { $ref: "#/$defs/b" } }, b: { items: { $ref: "#/$defs/a" } } } },
      { "/$defs/a/items/$ref": "cycle", "/$defs/b/items/$ref": "cycle" },
    ],
  ])("to %s is refused", (_what, schema, expected) => {
    expect(refusedAt(schema)).toEqual(expected);
  });
});

describe("a schema that cannot be used", () => {
  it("gets all its faults, each at its own place", () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "objekt",
      requird: ["a"],
      definitions: {},
      properties: {
        a: { minLength: "x", pattern: "(?=a)" },
        b: 5,
        c: { $id: "x", nullable: true, else: true },
        d: { type: ["string", "strin"] },
      },
      patternProperties: { "[": {} },
    };
    expect(refusedAt(schema)).toEqual({
      "/$schema": "invalid_choice",
      "/type": "schema",
      "/requird": "unknown_field",
      "/definitions": "unknown_field",
      "/properties/a/minLength": "schema",
      "/properties/a/pattern": "invalid_format",
      "/properties/b": "schema",
      "/properties/c/else": "schema",
      "/properties/c/$id": "unknown_field",
      "/properties/c/nullable": "unknown_field",
      "/properties/d/type": "schema",
      "/properties/d/type/1": "schema",
      "/patternProperties/[": "invalid_format",
    });
  });

  it.each([true, [], "x", 5, null])("must be an object, not %j", (schema) => {
    expect(refusedAt(schema)).not.toEqual({});
  });

  it("gets ajv's own refusals as faults of the whole schema", () => {
    expect(refusedAt({ properties: { a: { contains: true, minContains: 0 } } })).toEqual({ "": "schema" });
  });

  it("has no faults for its annotations", () => {
    const words = {
      title: "T",
      description: "D",
      $comment: "C",
      default: {},
      examples: [1],
      deprecated: true,
    };
    expect(
      refusedAt({
        ...words,
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: "https://x.example/s",
        "x-order": 1,
      }),
    ).toEqual({});
  });
});

describe("the limits of a schema", () => {
  /** Each definition includes the previous one twice. */
  const doubling = (count: number): object => ({
    $defs: Object.fromEntries(
      range(count, (i) => [
        `d${i}`,
        i === 0 ? true : { allOf: range(2, () => ({ $ref: `#/$defs/d${i - 1}` })) },
      ]),
    ),
    $ref: `#/$defs/d${count - 1}`,
  });

  it.each<[what: string, schema: object, code: string]>([
    ["characters", { description: "x".repeat(70_000) }, "too_large"],
    ["keys and elements", { properties: keyed(1_000, () => true) }, "too_many"],
    ["depth", range(40, (i) => i).reduce<object>((inner) => ({ not: inner }), {}), "too_deep"],
    ["subschemas once references are followed", doubling(15), "too_many"],
    [
      "depth once references are followed",
      {
        $defs: Object.fromEntries(
          range(schemaLimits.depth + 1, (i) => [
            `d${i}`,
            i === 0 ? true : { items: { $ref: `#/$defs/d${i - 1}` } },
          ]),
        ),
        $ref: `#/$defs/d${schemaLimits.depth}`,
      },
      "too_deep",
    ],
    ["patterns together", { properties: keyed(40, (i) => ({ pattern: `^[a-z]{1,500}${i}$` })) }, "too_large"],
  ])("apply to %s and are checked fast", (_what, schema, code) => {
    let refused: Record<string, string> = {};
    expect(milliseconds(() => (refused = refusedAt(schema)))).toBeLessThan(1_000);
    expect(Object.values(refused)).toContain(code);
  });
});

/** Schemas and values within all limits that are designed to take as long as possible. */
const letters = (count: number) => range(count, (i) => ((i * i + (i >> 3)) % 3 === 0 ? "a" : "b")).join("");
const objects = (count: number) => range(count, () => ({ type: "object" }));
type Pair = [schema: object, value: object];
const tooMuch: Pair = [{ properties: { l: { items: { allOf: objects(300) } } } }, { l: range(990, () => 1) }];
const hostile: Record<string, Pair> = {
  "every item against many subschemas": tooMuch,
  "every item against many alternatives": [
    { properties: { l: { items: { anyOf: objects(300) } } } },
    { l: range(990, () => 1) },
  ],
  "alternatives of alternatives": [
    {
      additionalProperties: range(5, (i) => i).reduce<object>(
        (s) => ({ anyOf: [s, { type: "string" }, s] }),
        {
          required: range(20, (i) => `r${i}`),
        },
      ),
    },
    keyed(900, () => ({})),
  ],
  "many missing keys in many objects": [
    { additionalProperties: { required: range(900, (i) => `r${i}`) } },
    keyed(900, () => ({})),
  ],
  "long lists of choices": [
    { additionalProperties: { enum: range(900, (i) => `e${i}`) } },
    keyed(900, () => "x"),
  ],
  "very long keys": [
    { additionalProperties: { additionalProperties: { allOf: objects(300) } } },
    { ["/".repeat(30_000)]: { ["~".repeat(30_000)]: 1 } },
  ],
  "names of very long keys": [
    { allOf: range(200, () => ({ propertyNames: { maxLength: 3 } })) },
    { ["/".repeat(60_000)]: 1 },
  ],
  "very long texts": [
    { additionalProperties: { allOf: range(300, () => ({ maxLength: 3, minLength: 9 })) } },
    { a: "😀".repeat(30_000) },
  ],
  "a pattern that other engines backtrack on without end": [
    { additionalProperties: { pattern: "^(a+a+)+[cd]$" } },
    { a: `${"a".repeat(50_000)}b` },
  ],
  "a pattern with many states": [
    { additionalProperties: { pattern: "a[ab]{30}[cd]" } },
    { a: letters(10_000) },
  ],
  "many patterns": [
    {
      additionalProperties: {
        allOf: range(200, (i) => ({ pattern: `a[ab]{${(i % 9) + 10}}[cd]{${i % 7}}` })),
      },
    },
    keyed(900, () => letters(60)),
  ],
  "many patterns of keys": [
    {
      patternProperties: Object.fromEntries(
        range(200, (i) => [`a[ab]{${(i % 9) + 10}}[cd]${i}`, { type: "object" }]),
      ),
    },
    keyed(900, () => 1, letters(50)),
  ],
  "comparisons of items": [
    { properties: { l: { allOf: range(300, () => ({ uniqueItems: true })) } } },
    { l: range(490, (i) => ({ a: i })) },
  ],
  "searches in items": [
    { properties: { l: { allOf: range(200, () => ({ contains: { const: 5 }, minContains: 3 })) } } },
    { l: range(990, () => 5) },
  ],
  "keys that are not evaluated": [
    {
      allOf: range(80, (i) => ({
        anyOf: [{ properties: { [`k${i}`]: true } }, { patternProperties: { [`^k${i}`]: true } }],
      })),
      unevaluatedProperties: { allOf: objects(100) },
    },
    keyed(990, () => 1),
  ],
  "many formats": [
    { additionalProperties: { allOf: range(300, () => ({ format: "email" })) } },
    keyed(200, () => "a.".repeat(125)),
  ],
};

describe("hostile input", () => {
  it.each(Object.entries(hostile))("takes bounded time: %s", (_what, [schema, value]) => {
    let validate: Validator = () => [];
    expect(milliseconds(() => (validate = validator(schema)))).toBeLessThan(2_000);
    // The first run includes compilation by the JavaScript engine.
    validate(value as JsonObject);
    const times = range(3, () => milliseconds(() => validate(value as JsonObject)));
    // Measured: below 10 ms on an idle machine.
    expect(Math.min(...times)).toBeLessThan(100);
  });

  it("that takes too many steps is always refused in the same way", () => {
    const [schema, value] = tooMuch;
    const validate = validator(schema);
    const message = "takes more work to check against the tenant's schema than is allowed";
    for (let i = 0; i < 3; i++) {
      expect(validate(value as JsonObject)).toEqual([{ pointer: "", code: "schema", message }]);
    }
    expect(validate({ l: [{}] })).toEqual([]);
  });

  it("is limited without affecting a large value under an ordinary schema", () => {
    const text = { type: "string", maxLength: 100, pattern: "^[A-Za-z0-9_ .-]*$" };
    expect(
      faults(
        { additionalProperties: text },
        keyed(900, () => "some words of a value 42"),
      ),
    ).toEqual({});
  });
});
