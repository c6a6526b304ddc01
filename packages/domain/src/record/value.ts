import * as z from "zod";
import type { Fault, FaultCode, Unfit } from "../errors.ts";
import { emailKey, readEmail } from "./email.ts";
import type { Field } from "./field.ts";
import { canonicalId, canonicalName, identifierFault } from "./identifier.ts";
import { instantText, outOfRange, readInstant } from "./instant.ts";
import { checkText, copyJson, isJsonObject, type JsonValue } from "./json.ts";
import { pointer } from "./pointer.ts";

/** The number of characters (Unicode code points) in a text; `length` counts UTF-16 code units. */
export function characters(text: string): number {
  let count = text.length;
  for (const char of text) if (char.length === 2) count--;
  return count;
}

/** Text of at least `min` and at most `max` characters. */
export const bounded = (schema: z.ZodString, { min = 0, max }: Pick<Field, "min" | "max">): z.ZodString =>
  schema
    .superRefine((text, ctx) => {
      if (text.length < min) {
        ctx.addIssue({ code: "too_small", minimum: min, origin: "string", message: "must not be empty" });
      }
      if (max !== undefined && text.length > max && characters(text) > max) {
        ctx.addIssue({
          code: "too_big",
          maximum: max,
          origin: "string",
          message: `has ${characters(text)} characters, more than ${max}`,
        });
      }
    })
    .meta({ ...(min > 0 && { minLength: min }), ...(max !== undefined && { maxLength: max }) });

const build = (field: Field): z.ZodType => {
  switch (field.kind) {
    case "id":
    case "text":
    case "phone":
    case "country":
      return bounded(z.string(), field);
    case "email":
      return bounded(z.string(), field).meta({ format: "email", maxLength: field.max });
    case "choice":
      return z.enum(field.options as [string, ...string[]]);
    case "date":
      return z.iso.date();
    case "instant":
      return z.string().meta({ format: "date-time" });
    case "boolean":
      return z.boolean();
    case "integer":
      return z
        .int()
        .min(field.min as number)
        .max(field.max as number);
    case "json":
      return z.record(z.string(), z.json());
    case "set":
      return z
        .array(itemSchema(field))
        .max(field.max as number)
        .meta({ uniqueItems: true });
  }
};

const itemSchema = (field: Field): z.ZodType => valueSchema(itemField(field));
const itemFields: Record<NonNullable<Field["items"]>, Field> = {
  email: { kind: "email", max: 255, description: "" },
  text: { kind: "text", min: 1, max: 255, description: "" },
  id: { kind: "id", min: 1, max: 255, description: "" },
};
const itemField = (field: Field): Field =>
  field.options
    ? { kind: "choice", options: field.options, description: "" }
    : itemFields[field.items ?? "text"];

const schemas = new WeakMap<Field, z.ZodType>();

/** The zod schema of a field's value, except for `null`. Built once per field. */
export function valueSchema(field: Field): z.ZodType {
  let schema = schemas.get(field);
  if (!schema) schemas.set(field, (schema = build(field)));
  return schema;
}

const codes: Partial<Record<string, FaultCode>> = {
  invalid_type: "invalid_type",
  invalid_format: "invalid_format",
  invalid_value: "invalid_choice",
};

/** Converts a zod issue to a fault of the value at `at`. */
export function toFault(issue: z.core.$ZodIssue, at: string): Fault {
  const text = "origin" in issue && issue.origin === "string";
  const own = issue.code === "custom" ? (issue.params?.["code"] as FaultCode | undefined) : undefined;
  const code =
    own ??
    (issue.code === "too_big"
      ? text
        ? "too_long"
        : "out_of_range"
      : issue.code === "too_small"
        ? text
          ? "too_short"
          : "out_of_range"
        : (codes[issue.code] ?? "invalid_format"));
  return { pointer: at + pointer(...(issue.path as (string | number)[])), code, message: issue.message };
}

/**
 * Keeps one fault per code and place: zod checks an integer against both the safe range and its own limits.
 */
export const distinct = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.map((fault) => [`${fault.code} ${fault.pointer}`, fault])).values(),
];

/**
 * Checks one value of a request against its field's policy and converts it to the stored form: instants in
 * UTC with milliseconds, email domains in ASCII, UUIDs in lower case, names in one normal form, JSON copied.
 * Phones, countries and repeated set entries stay as written, so that an entry keeps its index in the
 * request; the rules normalise them.
 *
 * @param at pointer to the value in the request
 * @param faults receives the faults
 * @param outdated receives the faults of a value that an earlier release may have stored. If this is a
 * separate list, such a value is returned, to find it or to leave it unchanged
 * @returns the value, or undefined if it is invalid
 */
export function parseValue(
  field: Field,
  value: unknown,
  at: string,
  faults: Fault[],
  outdated: Fault[] = faults,
): JsonValue | undefined {
  if (value === null) {
    if (field.nullable) return null;
    faults.push({ pointer: at, code: "not_nullable", message: "must have a value; null is not allowed" });
    return undefined;
  }
  if (field.kind === "json") return parseObject(value, at, faults);
  if (field.kind === "set") return parseSet(field, value, at, faults, outdated);
  if (field.kind === "instant" && value instanceof Date && !Number.isNaN(value.getTime())) {
    return taken(instantText(value) ?? outOfRange, at, faults);
  }
  const result = valueSchema(field).safeParse(value);
  if (!result.success) {
    faults.push(...distinct(result.error.issues.map((issue) => toFault(issue, at))));
    return undefined;
  }
  if (typeof result.data !== "string") return result.data as JsonValue;
  const before = faults.length;
  checkText(result.data, at, faults);
  if (faults.length > before) return undefined;
  const text = withinLimit(field, canonical(field, result.data));
  const wrong = typeof text === "string" ? identifierFaultOf(field, text) : text;
  if (wrong === undefined || outdated === faults || !wasTaken(field, result.data))
    return taken(wrong ?? text, at, faults);
  outdated.push({ pointer: at, ...wrong });
  return typeof text === "string" ? text : result.data;
}

/** A canonical form can be longer than the text as written: a domain in ASCII, some letters in NFC. */
function withinLimit({ max = Infinity }: Field, text: string | Unfit): string | Unfit {
  if (typeof text !== "string" || text.length <= max || characters(text) <= max) return text;
  return {
    code: "too_long",
    message: `has ${characters(text)} characters in its stored form, more than ${max}`,
  };
}

/** Whether an earlier release accepted a text that is now refused. */
const wasTaken = (field: Field, text: string): boolean =>
  field.kind === "text" || (field.kind === "email" && /^[^\s@]+@[^\s@]+$/.test(text));

const identifierFaultOf = (field: Field, text: string): Unfit | undefined =>
  isIdentifier(field) ? identifierFault(text) : undefined;

/** The canonical form of a text in its field, or the fault. */
export function canonical(field: Field, text: string): string | Unfit {
  switch (field.kind) {
    case "email":
      return readEmail(text);
    case "instant":
      return readInstant(text);
    case "id":
      // A reference may be the caller's own id, which the rules look up.
      return field.refers ? text : canonicalId(text);
    case "text":
      return isIdentifier(field) ? canonicalName(text) : text;
    default:
      return text;
  }
}

/** Whether callers name records by a field's texts. */
export const isIdentifier = ({ kind, unique }: Field): boolean => kind === "text" && unique === true;

function taken(read: string | Unfit, at: string, faults: Fault[]): string | undefined {
  if (typeof read === "string") return read;
  faults.push({ pointer: at, ...read });
  return undefined;
}

function parseObject(value: unknown, at: string, faults: Fault[]): JsonValue | undefined {
  if (!isJsonObject(value)) {
    faults.push({ pointer: at, code: "invalid_type", message: "must be a JSON object" });
    return undefined;
  }
  const before = faults.length;
  const copy = copyJson(value, at, faults);
  return faults.length > before ? undefined : copy;
}

function parseSet(
  field: Field,
  value: unknown,
  at: string,
  faults: Fault[],
  outdated: Fault[],
): JsonValue | undefined {
  if (!Array.isArray(value)) {
    faults.push({ pointer: at, code: "invalid_type", message: "must be an array" });
    return undefined;
  }
  const max = field.max as number;
  if (value.length > max) {
    faults.push({ pointer: at, code: "too_many", message: `has ${value.length} entries, more than ${max}` });
    return undefined;
  }
  const before = faults.length;
  const ofItems = itemField(field);
  // `map` would skip the holes of a sparse array.
  const items = Array.from(value, (item: unknown, i) => {
    if (item === null) {
      faults.push({ pointer: at + pointer(i), code: "invalid_type", message: "null cannot be in a set" });
    }
    return item === null ? undefined : parseValue(ofItems, item, at + pointer(i), faults, outdated);
  });
  return faults.length > before ? undefined : (items as JsonValue);
}

/** The key by which set entries are compared: emails without regard to case, names in one normal form. */
export const setKey = (field: Field, item: string): string =>
  field.items === "email" ? emailKey(item) : field.refers ? canonicalName(item) : item;

/** The entries of `set`, followed by those of `items` that it lacks. */
export function union(field: Field, set: readonly string[], items: readonly string[]): string[] {
  const seen = new Map(set.map((item) => [setKey(field, item), item]));
  for (const item of items) {
    const key = setKey(field, item);
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

/** The entries of `set` that are not in `items`. */
export function without(field: Field, set: readonly string[], items: readonly string[]): string[] {
  const gone = new Set(items.map((item) => setKey(field, item)));
  return set.filter((item) => !gone.has(setKey(field, item)));
}
