import * as z from "zod";
import type { Fault, FaultCode } from "../errors.ts";
import type { Field } from "./field.ts";
import { checkText, copyJson, isJsonObject, type JsonValue } from "./json.ts";
import { pointer } from "./pointer.ts";

/** Characters (Unicode code points) of a text; `length` counts UTF-16 code units. */
export function characters(text: string): number {
  let count = text.length;
  for (const char of text) if (char.length === 2) count--;
  return count;
}

/** Text of at least `min` and at most `max` characters. */
export const bounded = <S extends z.ZodString | z.ZodEmail>(
  schema: S,
  { min = 0, max }: Pick<Field, "min" | "max">,
): S =>
  (schema as z.ZodString)
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
    .meta({ ...(min > 0 && { minLength: min }), ...(max !== undefined && { maxLength: max }) }) as S;

const build = (field: Field): z.ZodType => {
  switch (field.kind) {
    case "id":
    case "text":
    case "phone":
    case "country":
      return bounded(z.string(), field);
    case "email":
      return bounded(z.email(), field);
    case "choice":
      return z.enum(field.options as [string, ...string[]]);
    case "date":
      return z.iso.date();
    case "instant":
      return z.iso.datetime({ offset: true });
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
};
const itemField = (field: Field): Field =>
  field.options
    ? { kind: "choice", options: field.options, description: "" }
    : itemFields[field.items ?? "text"];

const schemas = new WeakMap<Field, z.ZodType>();

/** The zod schema of a field's value, `null` aside. Built once for each field. */
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

/** A zod issue as a fault of the value at `at`. */
export function toFault(issue: z.core.$ZodIssue, at: string): Fault {
  const text = "origin" in issue && issue.origin === "string";
  const code =
    issue.code === "too_big"
      ? text
        ? "too_long"
        : "out_of_range"
      : issue.code === "too_small"
        ? text
          ? "too_short"
          : "out_of_range"
        : (codes[issue.code] ?? "invalid_format");
  return { pointer: at + pointer(...(issue.path as (string | number)[])), code, message: issue.message };
}

/** Each kind of fault once a place: zod holds an integer against the bounds of safe ones and its own. */
export const distinct = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.map((fault) => [`${fault.code} ${fault.pointer}`, fault])).values(),
];

/**
 * An instant as it is kept, or undefined outside the years 0000 to 9999: ISO 8601 writes those with
 * a sign and six digits, so that they would neither sort as text nor be read back.
 */
export function instantText(instant: Date): string | undefined {
  const text = instant.toISOString();
  return text.length === "0000-01-01T00:00:00.000Z".length ? text : undefined;
}

/**
 * Checks one value of a request against the policy of its field, and brings it into the form in
 * which it is kept: instants in UTC with milliseconds, JSON copied. Phones, countries and
 * repetitions in sets stay as written here, so that an entry keeps its place in the request; the
 * rules normalise them.
 *
 * @param at where the value stands in the request
 * @param faults receives what is wrong
 * @returns the value, or undefined when something is wrong with it
 */
export function parseValue(field: Field, value: unknown, at: string, faults: Fault[]): JsonValue | undefined {
  if (value === null) {
    if (field.nullable) return null;
    faults.push({ pointer: at, code: "not_nullable", message: "must have a value; null is not allowed" });
    return undefined;
  }
  if (field.kind === "json") return parseObject(value, at, faults);
  if (field.kind === "set") return parseSet(field, value, at, faults);
  if (field.kind === "instant" && value instanceof Date && !Number.isNaN(value.getTime())) {
    return parseInstant(value, at, faults);
  }
  const result = valueSchema(field).safeParse(value);
  if (!result.success) {
    faults.push(...distinct(result.error.issues.map((issue) => toFault(issue, at))));
    return undefined;
  }
  if (typeof result.data === "string") {
    const before = faults.length;
    checkText(result.data, at, faults);
    if (faults.length > before) return undefined;
  }
  if (field.kind === "instant") return parseInstant(new Date(result.data as string), at, faults);
  return result.data as JsonValue;
}

function parseInstant(instant: Date, at: string, faults: Fault[]): string | undefined {
  const text = instantText(instant);
  if (text === undefined) {
    faults.push({ pointer: at, code: "out_of_range", message: "is not in the years 0000 to 9999 of UTC" });
  }
  return text;
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

function parseSet(field: Field, value: unknown, at: string, faults: Fault[]): JsonValue | undefined {
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
  // Not `map`, which would leave out the holes of a sparse array.
  const items = Array.from(value, (item: unknown, i) => {
    if (item === null) {
      faults.push({ pointer: at + pointer(i), code: "invalid_type", message: "null cannot be in a set" });
    }
    return item === null ? undefined : parseValue(itemField(field), item, at + pointer(i), faults);
  });
  return faults.length > before ? undefined : (items as JsonValue);
}

/** What makes two entries of a set the same: emails are compared without regard to case. */
export const setKey = (field: Field, item: string): string =>
  field.items === "email" ? item.toLowerCase() : item;

/** The entries of `set`, then those of `items` that it lacks. */
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
