import {
  _,
  Ajv2020,
  type CodeKeywordDefinition,
  type FuncKeywordDefinition,
  type ValidateFunction,
} from "ajv/dist/2020.js";
import * as z from "zod";
import type { Fault } from "../errors.ts";
import { readEmail } from "../record/email.ts";
import { isUuid } from "../record/identifier.ts";
import { readInstant } from "../record/instant.ts";
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from "../record/json.ts";
import { explain } from "./explain.ts";
import { stepsOf, type LinearPattern } from "./linear-pattern.ts";
import { kindOf, readSchema, type ReadSchema } from "./read-schema.ts";

/** What of a customer's properties breaks a schema; pointers are relative to the properties. */
export type Validator = (properties: JsonObject) => Fault[];

/**
 * The most steps that one validation takes, each about ten nanoseconds: some five milliseconds. The
 * count depends on the schema and the value alone, so that a decision is the same whenever it is made.
 */
const maxSteps = 500_000;

/** Thrown out of a validation that takes too many steps. */
class OutOfSteps extends Error {}

/** Counts the steps of one validation after the other. */
class Meter {
  /** Characters of the longest way through keys to a part of the value, where it is long. */
  reach = 0;
  #left = 0;

  start(value: JsonObject): void {
    const reach = longestWay(value);
    this.reach = reach > 256 ? reach : 0;
    this.#left = maxSteps;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new OutOfSteps();
  }
}

/**
 * Makes a validator of a JSON Schema.
 * @returns what is wrong with the schema, with pointers relative to it, when anything is
 */
export function compileSchema(written: unknown): Validator | Fault[] {
  const read = readSchema(written);
  if (Array.isArray(read)) return read;
  const meter = new Meter();
  let validate: ValidateFunction;
  try {
    validate = ajvFor(read, meter).compile(metered(read.schema) as JsonObject);
  } catch (error) {
    // What ajv in its strict mode refuses beyond the meta-schema, such as `then` without `if`.
    const message = (error instanceof Error ? error.message : String(error)).replace(/^strict mode: /, "");
    return [{ pointer: "", code: "schema", message }];
  }
  return (properties) => {
    meter.start(properties);
    try {
      return validate(properties) ? [] : explain(validate.errors ?? []);
    } catch (thrown) {
      if (!(thrown instanceof OutOfSteps)) throw thrown;
      const message = "takes more work to check against the tenant's schema than is allowed";
      return [{ pointer: "", code: "schema", message }];
    }
  };
}

function ajvFor({ patterns }: ReadSchema, meter: Meter): Ajv2020 {
  const engine = (source: string) => {
    const pattern = patterns.get(source) as LinearPattern;
    return {
      test(text: string): boolean {
        meter.spend(stepsOf(pattern, text));
        return pattern.test(text);
      },
      toString: () => source,
    };
  };
  const ajv = new Ajv2020({
    allErrors: true,
    // Not `strictTypes` and its like: a schema may say `properties` without `type`.
    strict: false,
    strictSchema: true,
    strictNumbers: true,
    // A key that every object inherits, such as "constructor", is there only where it was given.
    ownProperties: true,
    multipleOfPrecision: 9,
    // For the messages.
    verbose: true,
    logger: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    formats,
    keywords: [meterKeyword(meter)],
    code: { regExp: Object.assign(engine, { code: "linear" }), optimize: false },
  });
  for (const definition of comparisons)
    ajv.removeKeyword(definition.keyword as string).addKeyword(definition);
  return ajv;
}

const short = (fits: (text: string) => boolean) => (text: string) => text.length <= 255 && fits(text);

/** Formats that are checked, in the way of the records' own fields. All others are annotations. */
const formats = {
  date: short((text) => z.regexes.date.test(text)),
  "date-time": short((text) => typeof readInstant(text) === "string"),
  email: short((text) => typeof readEmail(text) === "string"),
  uuid: short(isUuid),
};

/**
 * Comparisons of values by the domain's own equality. Ajv's reads `constructor` and `valueOf` of what
 * it compares, which are keys like any other in JSON, and compares every two items with each other.
 */
const comparisons: FuncKeywordDefinition[] = [
  { keyword: "const", validate: (wanted: JsonValue, value: JsonValue) => jsonEqual(wanted, value) },
  {
    keyword: "enum",
    schemaType: "array",
    validate: (choices: JsonValue[], value: JsonValue) => choices.some((choice) => jsonEqual(choice, value)),
  },
  {
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: (wanted: boolean, items: JsonValue[]) =>
      !wanted || new Set(items.map((item) => JSON.stringify(item, sorted))).size === items.length,
  },
];

/** For JSON in which the order of an object's keys does not matter. */
const sorted = (_key: string, part: unknown): unknown =>
  typeof part === "object" && part !== null && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : part;

const meterName = "x-meter";

/** What a visit of a subschema costs, in steps, besides what the value adds to it. */
interface Cost {
  own: number;
  /** Keywords, each of which may report where the value stands. */
  keywords: number;
  /** For each key or item of the value itself. */
  each: number;
  /** For each 16 characters of a text. */
  text: number;
  /** For each part of the value at any depth. */
  deep: number;
}

/** A keyword, which `metered` puts into each subschema: it counts the visit before anything is checked. */
const meterKeyword = (meter: Meter): CodeKeywordDefinition => ({
  keyword: meterName,
  schemaType: "object",
  before: "const",
  code({ gen, data, schema }) {
    const cost = schema as Cost;
    const visit = (value: JsonValue) => {
      const shallow = cost.own + (typeof value === "string" ? cost.text : cost.each) * breadth(value);
      meter.spend(shallow + (cost.deep > 0 ? cost.deep * parts(value) : 0) + 4 * cost.keywords * meter.reach);
    };
    gen.code(_`${gen.scopeValue("func", { ref: visit })}(${data})`);
  },
});

/** The schema with a meter in each subschema, and without formats that are only annotations. */
function metered(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const own: JsonObject = {};
  const cost: Cost = { own: 10, keywords: 0, each: 1, text: 1, deep: 0 };
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "format" && !Object.hasOwn(formats, value as string)) continue;
    cost.own += 25;
    cost.keywords++;
    switch (kindOf(keyword)) {
      case "schema":
        own[keyword] = metered(value);
        cost.each += 5;
        break;
      case "schemas":
        own[keyword] = (value as JsonValue[]).map(metered);
        break;
      case "schemaMap": {
        const inner = Object.entries(value as JsonObject);
        own[keyword] = Object.fromEntries(inner.map(([name, item]) => [name, metered(item)]));
        cost.own += 10 * inner.length;
        if (keyword === "patternProperties") cost.each += 5 * inner.length;
        break;
      }
      default:
        own[keyword] = value;
        // A list of required keys, or of values, is gone through as a whole.
        cost.own += 20 * parts(value);
        if (readsText.has(keyword)) cost.text += 10;
        if (keyword === "uniqueItems" && value === true) cost.deep = 40;
    }
  }
  return Object.keys(own).length === 0 ? own : { ...own, [meterName]: { ...cost } };
}

/** Keywords that go through a text, besides patterns, which are counted apart. */
const readsText = new Set(["maxLength", "minLength", "format"]);

/** How much of a value a visit looks at: its keys or items, and its text by 16 characters. */
function breadth(value: JsonValue): number {
  if (typeof value === "string") return value.length >> 4;
  if (Array.isArray(value)) return value.length;
  if (!isJsonObject(value)) return 0;
  let count = 0;
  for (const key in value) count += 1 + (key.length >> 4);
  return count;
}

/** All parts of a value at any depth, and its texts by 16 characters. */
function parts(value: JsonValue): number {
  const inner = typeof value === "object" && value !== null ? Object.values(value) : [];
  return inner.reduce<number>((sum, part) => sum + parts(part), 1 + breadth(value));
}

/** Characters of the longest way through keys to a part of the value. */
function longestWay(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  let longest = 0;
  if (Array.isArray(value)) {
    for (const item of value) longest = Math.max(longest, longestWay(item));
  } else {
    for (const key of Object.keys(value))
      longest = Math.max(longest, key.length + longestWay(value[key] as JsonValue));
  }
  return longest;
}
