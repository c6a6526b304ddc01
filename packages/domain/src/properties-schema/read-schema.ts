import { Ajv2020 } from "ajv/dist/2020.js";
import type { Fault } from "../errors.ts";
import { indexedProperties, indexKeyword, maxIndexedProperties } from "../record/find.ts";
import { isJsonObject, setOwn, type JsonObject, type JsonValue } from "../record/json.ts";
import { pointer, segments } from "../record/pointer.ts";
import { parseValue } from "../record/value.ts";
import { tenantFields } from "../reference/reference.ts";
import { LinearPattern } from "./linear-pattern.ts";

/** Limits of a schema, in addition to those of every JSON field. */
export const schemaLimits = {
  /** Subschemas, counted once for each `$ref` that includes them. */
  subschemas: 1_000,
  /** Nesting depth of subschemas, counted the same way. */
  depth: 64,
  /** Total instructions of all patterns. */
  patterns: 10_000,
} as const;

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** The kind of value that a keyword takes. Annotations do not affect validation. */
type KeywordKind = "schema" | "schemas" | "schemaMap" | "value" | "annotation" | "definitions" | "ref";

const keywords: Readonly<Record<string, KeywordKind>> = {
  ...kinds("schema", [
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "items",
    "unevaluatedItems",
    "contains",
    "not",
    "if",
    "then",
    "else",
  ]),
  ...kinds("schemas", ["allOf", "anyOf", "oneOf", "prefixItems"]),
  ...kinds("schemaMap", ["properties", "patternProperties", "dependentSchemas"]),
  ...kinds("value", [
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "format",
  ]),
  ...kinds("annotation", [
    "$comment",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
  ]),
  $defs: "definitions",
  $ref: "ref",
};

/** Keywords that begin with `x-` are annotations. */
export const kindOf = (keyword: string): KeywordKind | undefined =>
  keyword.startsWith("x-") ? "annotation" : Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;

function kinds(kind: KeywordKind, names: readonly string[]): Record<string, KeywordKind> {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

/** Keywords of other drafts and dialects, with their replacements. */
const hints: Readonly<Record<string, string>> = {
  definitions: "; use $defs",
  dependencies: "; use dependentRequired or dependentSchemas",
  additionalItems: "; use prefixItems and items",
  nullable: '; use "type": ["string", "null"]',
  $anchor: "; a $ref names its target by JSON Pointer",
  $dynamicRef: "; use $ref",
  $id: " below the root",
  $schema: " below the root",
};

/** Keywords that have no effect without another one. */
const partners = new Map([
  ["then", "if"],
  ["else", "if"],
  ["minContains", "contains"],
  ["maxContains", "contains"],
]);

/** A parsed schema, without annotations and with every reference expanded. */
export interface ReadSchema {
  schema: JsonObject;
  /** All patterns in the schema by their source. */
  patterns: ReadonlyMap<string, LinearPattern>;
}

/**
 * Reads a JSON Schema (2020-12) and checks everything that can be checked without a value.
 *
 * @returns the schema, or its faults, with pointers relative to the schema
 */
export function readSchema(written: unknown): ReadSchema | Fault[] {
  const faults: Fault[] = [];
  const given = parseValue({ ...tenantFields.propertiesSchema, nullable: false }, written, "", faults);
  if (given === undefined) return faults;
  const { $schema, $id: _, ...schema } = given as JsonObject;
  if ($schema !== undefined && $schema !== dialect) {
    faults.push({ pointer: "/$schema", code: "invalid_choice", message: `must be ${dialect}` });
  }
  faults.push(...shapeFaults(schema));
  const { places, patterns } = visit(schema, faults);
  if (faults.length > 0) return faults;
  const expanded = expand(places, faults);
  return faults.length > 0 ? faults : { schema: expanded, patterns };
}

/** Made at the first schema: making it takes milliseconds, and most servers need none. */
let meta: Ajv2020 | undefined;

/** Checks a schema against the meta-schema. */
function shapeFaults(schema: JsonObject): Fault[] {
  meta ??= new Ajv2020({ allErrors: true, strict: false, logger: false });
  const validate = meta.getSchema(dialect);
  if (!validate) throw new Error("ajv lacks its own meta-schema");
  if (validate(schema)) return [];
  const errors = validate.errors ?? [];
  // If a keyword accepts several types, other errors at the same place say more than the type error.
  const places = new Set(
    errors.filter(({ keyword }) => !vague.has(keyword)).map((error) => error.instancePath),
  );
  const faults = new Map<string, Fault>();
  for (const { instancePath, keyword, message = "is not allowed", params } of errors) {
    if (vague.has(keyword) && (keyword === "anyOf" || places.has(instancePath))) continue;
    const allowed = keyword === "enum" ? `: ${(params["allowedValues"] as string[]).join(", ")}` : "";
    // Each vocabulary of the meta-schema repeats the same error.
    faults.set(`${instancePath} ${message}`, {
      pointer: instancePath,
      code: "schema",
      message: message + allowed,
    });
  }
  return [...faults.values()];
}

const vague = new Set(["anyOf", "type"]);

/** Collects all subschemas by pointer, and all patterns. */
function visit(
  root: JsonObject,
  faults: Fault[],
): { places: Map<string, JsonValue>; patterns: Map<string, LinearPattern> } {
  const places = new Map<string, JsonValue>();
  const patterns = new Map<string, LinearPattern>();
  let size = 0;
  const marked = new Set(indexedProperties(root).map(placeOfProperty));
  const readPattern = (source: JsonValue | undefined, at: string) => {
    if (typeof source !== "string" || patterns.has(source) || size > schemaLimits.patterns) return;
    try {
      const pattern = new LinearPattern(source);
      patterns.set(source, pattern);
      size += pattern.size;
      if (size > schemaLimits.patterns) {
        faults.push({
          pointer: at,
          code: "too_large",
          message: "makes the schema's patterns too large together",
        });
      }
    } catch (error) {
      faults.push({
        pointer: at,
        code: "invalid_format",
        message: `is not a pattern of RE2: ${reasonOf(error)}`,
      });
    }
  };
  const enter = (schema: JsonValue | undefined, at: string): void => {
    if (schema === undefined) return;
    places.set(at, schema);
    if (!isJsonObject(schema)) return;
    for (const [keyword, value] of Object.entries(schema)) {
      const here = at + pointer(keyword);
      const partner = partners.get(keyword);
      if (partner !== undefined && !Object.hasOwn(schema, partner)) {
        faults.push({ pointer: here, code: "schema", message: `has no effect without ${partner}` });
      }
      switch (kindOf(keyword)) {
        case undefined:
          faults.push({
            pointer: here,
            code: "unknown_field",
            message: `is not a keyword that Roster knows${hints[keyword] ?? ""}`,
          });
          break;
        case "schema":
          enter(value, here);
          break;
        case "schemas":
          if (Array.isArray(value)) for (const [i, item] of value.entries()) enter(item, here + pointer(i));
          break;
        case "schemaMap":
        case "definitions":
          if (!isJsonObject(value)) break;
          for (const [name, item] of Object.entries(value)) {
            enter(item, here + pointer(name));
            if (keyword === "patternProperties") readPattern(name, here + pointer(name));
          }
          break;
        case "value":
          if (keyword === "pattern") readPattern(value, here);
          break;
        case "annotation":
          if (keyword.startsWith("x-roster-")) checkIndex(keyword, value, here, marked, faults);
          break;
        case "ref":
          break;
      }
    }
  };
  enter(root, "");
  if (marked.size > maxIndexedProperties)
    faults.push({
      pointer: "",
      code: "too_many",
      message: `marks more than ${maxIndexedProperties} properties with ${indexKeyword}`,
    });
  return { places, patterns };
}

/** The place in a schema of the keyword that marks a property. */
const placeOfProperty = (place: string): string =>
  pointer(...segments(place).flatMap((name) => ["properties", name]), indexKeyword);

/** Checks a keyword of Roster's own. */
function checkIndex(
  keyword: string,
  value: JsonValue | undefined,
  at: string,
  marked: ReadonlySet<string>,
  faults: Fault[],
): void {
  if (keyword !== indexKeyword)
    faults.push({
      pointer: at,
      code: "unknown_field",
      message: `is not a keyword that Roster knows; did you mean ${indexKeyword}?`,
    });
  else if (typeof value !== "boolean")
    faults.push({ pointer: at, code: "invalid_type", message: "must be true or false" });
  else if (value && !marked.has(at))
    faults.push({
      pointer: at,
      code: "schema",
      message: "has an effect only on a property that the schema names in properties, at any depth",
    });
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, "");

/** Thrown if a schema is too large or too deep. */
class TooMuch {
  readonly fault: Fault;
  constructor(fault: Fault) {
    this.fault = fault;
  }
}

/** Replaces each `$ref` with a copy of its target and drops `$defs`. */
function expand(places: ReadonlyMap<string, JsonValue>, faults: Fault[]): JsonObject {
  let count = 0;
  const reported = new Set<string>();
  const report = (at: string, code: Fault["code"], message: string) => {
    if (!reported.has(at)) faults.push({ pointer: at, code, message });
    reported.add(at);
  };
  const copy = (at: string, depth: number, within: readonly string[]): JsonValue => {
    if (++count > schemaLimits.subschemas) {
      const message = `has more than ${schemaLimits.subschemas} subschemas, counted once for each $ref that includes them`;
      throw new TooMuch({ pointer: "", code: "too_many", message });
    }
    if (depth > schemaLimits.depth) {
      const message = `nested deeper than ${schemaLimits.depth} subschemas, including those that a $ref includes`;
      throw new TooMuch({ pointer: "", code: "too_deep", message });
    }
    const schema = places.get(at) as JsonValue;
    if (!isJsonObject(schema)) return schema;
    const around = [...within, at];
    const inner = (below: string): JsonValue => copy(below, depth + 1, around);
    const result: JsonObject = {};
    for (const [keyword, value] of Object.entries(schema)) {
      const here = at + pointer(keyword);
      switch (kindOf(keyword)) {
        case "schema":
          result[keyword] = inner(here);
          break;
        case "schemas":
          result[keyword] = (value as JsonValue[]).map((_item, i) => inner(here + pointer(i)));
          break;
        case "schemaMap": {
          const map: JsonObject = {};
          for (const name of Object.keys(value as JsonObject)) setOwn(map, name, inner(here + pointer(name)));
          result[keyword] = map;
          break;
        }
        case "value":
          result[keyword] = value;
          break;
        default:
      }
    }
    const ref = schema["$ref"];
    if (ref === undefined) return result;
    const target = targetOf(ref as string);
    if (target === undefined || !places.has(target)) {
      const message =
        target === undefined
          ? "must be # and a JSON Pointer to a subschema of this schema"
          : "does not lead to a subschema of this schema";
      report(`${at}/$ref`, "not_found", message);
    } else if (around.includes(target)) {
      report(`${at}/$ref`, "cycle", "leads back to itself; recursive schemas are not supported");
    } else {
      result["allOf"] = [inner(target), ...((result["allOf"] as JsonValue[] | undefined) ?? [])];
    }
    return result;
  };
  try {
    const expanded = copy("", 1, []) as JsonObject;
    // Definitions that nothing refers to must be valid too.
    for (const at of places.keys()) if (segments(at).at(-2) === "$defs") copy(at, 1, []);
    return expanded;
  } catch (thrown) {
    if (!(thrown instanceof TooMuch)) throw thrown;
    faults.push(thrown.fault);
    return {};
  }
}

/** The JSON Pointer of a local reference; undefined for any other reference. */
function targetOf(ref: string): string | undefined {
  if (!/^#(?:$|\/)/.test(ref)) return undefined;
  try {
    return pointer(...segments(decodeURIComponent(ref.slice(1))));
  } catch {
    return undefined;
  }
}
