import type { JsonObject } from "@roster/domain";
import { expect, it } from "vitest";
import { propertiesTypes } from "./properties-types.ts";

/** The type of `Properties` that is written for a schema, on one line. */
function typeOf(schema: JsonObject | null): string {
  const text = propertiesTypes(schema);
  const [, type = ""] = /export type Properties = ([\s\S]*?);\n\n/.exec(text) ?? [];
  return type.replaceAll(/\s+/g, " ");
}
/** The type of one property, in an object that has no other. */
const memberOf = (schema: JsonObject | boolean): string =>
  /^\{ one\?: (.*); \}$/.exec(typeOf({ properties: { one: schema }, additionalProperties: false }))?.[1] ??
  "";

it.each<[schema: JsonObject | boolean, type: string]>([
  [{ type: "string", maxLength: 5 }, "string"],
  [{ type: "integer" }, "number"],
  [{ type: "number" }, "number"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ enum: ["free", 'a "b"', 3, null] }, '"free" | "a \\"b\\"" | 3 | null'],
  [{ const: { a: [1, true] } }, "{ a: [1, true] }"],
  [{ type: "array", items: { type: "string" } }, "string[]"],
  [{ type: "array", items: { enum: [1, 2] } }, "(1 | 2)[]"],
  [
    { type: "array", items: { anyOf: [{ properties: { a: { const: "}" } } }, { type: "string" }] } },
    '({ a?: "}"; } | string)[]',
  ],
  [{ type: "array", items: { properties: { a: { enum: [1, 2] } } } }, "{ a?: 1 | 2; }[]"],
  [{ type: "array" }, "JsonValue[]"],
  [
    { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], minItems: 1, items: false },
    "[string, number?]",
  ],
  [
    { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false },
    "{ a: string; }",
  ],
  [{ type: "object", properties: { "a b": {} }, additionalProperties: false }, '{ "a b"?: JsonValue; }'],
  [{ type: "object", additionalProperties: { type: "number" } }, "{ [name: string]: number }"],
  [{ type: "object" }, "{ [name: string]: JsonValue }"],
  [{ type: "object", properties: { a: { type: "string" } } }, "{ a?: string; }"],
  [{ type: "object", additionalProperties: false }, "{ [name: string]: never }"],
  [{ anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }, "string | string[]"],
  [{ oneOf: [{ const: "a" }, {}] }, "JsonValue"],
  [{ allOf: [{ type: "string" }, { minLength: 3 }] }, "string"],
  [{ not: { type: "string" } }, "JsonValue"],
  [{}, "JsonValue"],
  [true, "JsonValue"],
  [false, "never"],
])("%j becomes %s", (schema, type) => {
  expect(memberOf(schema)).toBe(type);
});

it("references are followed, and one that leads back to itself is left open", () => {
  const $defs = {
    plan: { enum: ["free", "pro"] },
    tree: { type: "object", properties: { left: { $ref: "#/$defs/tree" } }, additionalProperties: false },
  };
  const properties = { plan: { $ref: "#/$defs/plan" }, tree: { $ref: "#/$defs/tree" } };
  expect(typeOf({ $defs, properties, additionalProperties: false })).toBe(
    '{ plan?: "free" | "pro"; tree?: { left?: JsonValue; }; }',
  );
});

it.each<[schema: JsonObject, type: string]>([
  [{ $ref: "#/$defs/c", $defs: { c: { properties: { a: { type: "string" } } } } }, "{ a?: string; }"],
  [
    { allOf: [{ properties: { a: { type: "string" } } }, { properties: { b: { type: "integer" } } }] },
    "{ a?: string; } & { b?: number; }",
  ],
  [
    {
      properties: { a: {} },
      anyOf: [{ required: ["a"] }, { properties: { b: { const: 1 } }, required: ["b"] }],
    },
    "{ a?: JsonValue; } & ({ a: JsonValue; } | { b: 1; })",
  ],
  [{ type: ["object", "null"], properties: { a: { const: 1 } } }, "{ a?: 1; }"],
])("properties that are described in parts are of all of them: %j", (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

it("descriptions become comments, which cannot end early", () => {
  const properties = { plan: { type: "string", description: "What\n they pay */ for" } };
  expect(propertiesTypes({ properties })).toContain("  /** What they pay *\\/ for */\n  plan?: string;");
});

it("without a schema, properties are any JSON", () => {
  expect(typeOf(null)).toBe("{ [name: string]: JsonValue }");
});
