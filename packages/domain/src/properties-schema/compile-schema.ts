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

/** Returns the faults of a customer's properties under a schema. Pointers are relative to the properties. */
export type Validator = (properties: JsonObject) => Fault[];

/**
 * The maximum number of steps in one validation, about 10 ns each and 5 ms in total. The count depends only
 * on schema and value, so the same input always gets the same decision.
 */
const maxSteps = 500_000;

/** Aborts a validation that exceeds its steps. */
class OutOfSteps extends Error {}

/** Counts the steps of each validation. */
class Meter {
  /** Characters of the longest path of keys in the value; 0 if it is short. */
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
 * Compiles a JSON Schema to a validator.
 * @returns the validator, or the schema's faults, with pointers relative to the schema
 */
export function compileSchema(written: unknown): Validator | Fault[] {
  const read = readSchema(written);
  if (Array.isArray(read)) return read;
  const meter = new Meter();
  let validate: ValidateFunction;
  try {
    validate = ajvFor(read, meter).compile(metered(read.schema) as JsonObject);
  } catch (error) {
    // In strict mode, ajv refuses more than the meta-schema does, such as `then` without `if`.
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
    // `strictTypes` and similar options stay off: a schema may use `properties` without `type`.
    strict: false,
    strictSchema: true,
    strictNumbers: true,
    // A key that every object inherits, such as "constructor", counts as present only if it is given.
    ownProperties: true,
    multipleOfPrecision: 9,
    // Adds the schema and value to errors, for the messages.
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

/**
 * The formats that are checked, by the same functions as the record's own fields. Other formats are
 * annotations.
 */
const formats = {
  date: short((text) => z.regexes.date.test(text)),
  "date-time": short((text) => typeof readInstant(text) === "string"),
  email: short((text) => typeof readEmail(text) === "string"),
  uuid: short(isUuid),
};

/**
 * Comparisons by the domain's own equality. Ajv's reads `constructor` and `valueOf`, which are ordinary keys
 * in JSON, and compares every pair of items.
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

/** A `JSON.stringify` replacer that sorts object keys, so that their order does not matter. */
const sorted = (_key: string, part: unknown): unknown =>
  typeof part === "object" && part !== null && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : part;

const meterName = "x-meter";

/** The cost in steps of visiting a subschema, before the value's own contribution. */
interface Cost {
  own: number;
  /** Number of keywords, each of which may report the value's path. */
  keywords: number;
  /** Steps per key or item of the value. */
  each: number;
  /** Steps per 16 characters of a text. */
  text: number;
  /** Steps per part of the value at any depth. */
  deep: number;
}

/** The keyword that `metered` adds to each subschema. It charges the visit before any check runs. */
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

/** Adds a meter to each subschema and removes formats that are only annotations. */
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
        // A list of required keys or values is read in full.
        cost.own += 20 * parts(value);
        if (readsText.has(keyword)) cost.text += 10;
        if (keyword === "uniqueItems" && value === true) cost.deep = 40;
    }
  }
  return Object.keys(own).length === 0 ? own : { ...own, [meterName]: { ...cost } };
}

/** Keywords that read a whole text. Patterns are charged separately. */
const readsText = new Set(["maxLength", "minLength", "format"]);

/** The size of a value for one visit: its keys or items, and its text in units of 16 characters. */
function breadth(value: JsonValue): number {
  if (typeof value === "string") return value.length >> 4;
  if (Array.isArray(value)) return value.length;
  if (!isJsonObject(value)) return 0;
  let count = 0;
  for (const key in value) count += 1 + (key.length >> 4);
  return count;
}

/** The number of parts of a value at any depth, with its texts in units of 16 characters. */
function parts(value: JsonValue): number {
  const inner = typeof value === "object" && value !== null ? Object.values(value) : [];
  return inner.reduce<number>((sum, part) => sum + parts(part), 1 + breadth(value));
}

/** Characters of the longest path of keys in a value. */
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
