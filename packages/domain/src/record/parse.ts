import type { Fault } from "../errors.ts";
import type { FieldName, UniqueName } from "../record-types.ts";
import {
  plainUpdate,
  type Edit,
  type Key,
  type ParsedCreate,
  type ParsedRevert,
  type ParsedUpdate,
  type ParsedUpsert,
  type Where,
} from "./edit.ts";
import { choice, fieldsByTest, fieldsWhere, integer, text, type Field, type Fields } from "./field.ts";
import { propertyPointer } from "./find.ts";
import { nameForms } from "./identifier.ts";
import { isPlainObject, type JsonObject, type JsonValue, jsonLimits } from "./json.ts";
import { unknownNames } from "./nearest-name.ts";
import { isPointer, pointer, segments } from "./pointer.ts";
import { isIdentifier, parseValue, setKey } from "./value.ts";

/** Options of an update that are not fields of the record. */
export const optionFields = {
  expectedVersion: integer({
    nullable: false,
    min: 1,
    description: "Refuses the update if the record is at another version.",
  }),
  onConflict: choice(["reject", "rebase"], {
    nullable: false,
    description: "What to do if the record is at another version.",
  }),
  reason: text({ nullable: false, max: 1000, description: "The reason, kept in the history." }),
  dryRun: {
    kind: "boolean",
    nullable: false,
    description: "Checks the request and answers as usual, but stores nothing.",
  } as Field,
};

type Block = "patch" | "replace" | "add" | "remove";
const blocks: Record<
  Block,
  { fits(field: Field): boolean; only: string; op(field: Field, value: unknown): Edit["op"] }
> = {
  patch: {
    fits: () => true,
    only: "",
    op: (field, value) => (field.kind === "json" && value !== null ? "merge" : "set"),
  },
  replace: {
    fits: (field) => field.kind === "json",
    only: "only JSON fields can be replaced",
    op: () => "set",
  },
  // Before `add`, so that a full set can lose one entry and gain another.
  remove: {
    fits: (field) => field.kind === "set",
    only: "only sets can be removed from",
    op: () => "remove",
  },
  add: { fits: (field) => field.kind === "set", only: "only sets can be added to", op: () => "add" },
};

/** Parses the fields of a new record. Faults point at `/field`. */
export function parseCreate(fields: Fields, input: unknown): ParsedCreate {
  const faults: Fault[] = [];
  if (!isRequestObject(input, "", faults)) return { edits: [], faults };
  const edits = parseFields(
    fields,
    input,
    "",
    () => "set",
    () => undefined,
    faults,
  );
  const required = (field: Field) =>
    field.access === "write" && !field.nullable && field.initial === undefined;
  for (const name of fieldsWhere(fields, required)) {
    if (input[name] === undefined)
      faults.push({ pointer: pointer(name), code: "required", message: "is required" });
  }
  return { edits, faults };
}

/** The blocks of an update that edit fields. */
export type EditBlocks = { readonly [B in Block]?: unknown };

/** Parses the blocks of an update. Faults point at `/block/field`. */
export function parseEdits(fields: Fields, input: EditBlocks): ParsedCreate {
  const faults: Fault[] = [];
  const edits: Edit[] = [];
  for (const [key, { fits, only, op }] of Object.entries(blocks)) {
    const value: unknown = Object.hasOwn(input, key) ? input[key as Block] : undefined;
    const at = pointer(key);
    if (value === undefined || !isRequestObject(value, at, faults)) continue;
    edits.push(...parseFields(fields, value, at, op, (field) => (fits(field) ? undefined : only), faults));
  }
  faults.push(...ambiguities(fields, edits));
  return { edits, faults };
}

/** Parses an update. Faults point into it: `/patch/email`, `/add/groupTags/0`, `/where`. */
export const parseUpdate = (fields: Fields, input: unknown): ParsedUpdate =>
  parseUpdateOf(fields, input, parseWhere);

/** Parses an upsert: an update whose `where` is a key, which need not be unique. */
export const parseUpsert = (fields: Fields, input: unknown): ParsedUpsert =>
  parseUpdateOf(fields, input, parseKey);

function parseUpdateOf<Named extends Key>(
  fields: Fields,
  input: unknown,
  named: NamedBy<Named>,
): ParsedUpsert<Named> {
  const parsed = plainUpdate<Named>([], { edits: [], faults: [] });
  if (!isRequestObject(input, "", parsed.faults)) return parsed;
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !Object.hasOwn(blocks, key)));
  readOptions(fields, rest, optionFields, Object.keys(blocks), parsed, named);
  const { edits, faults } = parseEdits(fields, input);
  parsed.edits = edits;
  parsed.faults.push(...faults);
  return parsed;
}

const revertFields = {
  ...optionFields,
  to: integer({ nullable: false, min: 1, description: "The version to revert to." }),
  field: text({ nullable: false, max: 1000, description: "One field, by name or JSON Pointer." }),
};

/** Parses `{ where, to, field?, … }`. */
export function parseRevert(fields: Fields, input: unknown): ParsedRevert {
  const parsed: ParsedRevert & { field?: string } = {
    ...plainUpdate([], { edits: [], faults: [] }),
    to: 0,
    path: undefined,
  };
  if (!isRequestObject(input, "", parsed.faults)) return parsed;
  readOptions(fields, input, revertFields, [], parsed, parseWhere);
  if (parsed.to === 0 && !("to" in input)) {
    parsed.faults.push({ pointer: "/to", code: "required", message: "must be a version" });
  }
  const { field, ...revert } = parsed;
  if (field !== undefined) revert.path = parsePath(fields, field, parsed.faults);
  return revert;
}

/** Parses the name of a field, or a JSON Pointer that begins with one. */
function parsePath(fields: Fields, text: string, faults: Fault[]): string[] | undefined {
  const fault = (code: Fault["code"], message: string) => {
    faults.push({ pointer: "/field", code, message });
    return undefined;
  };
  if (text.startsWith("/") && !isPointer(text)) {
    return fault("invalid_format", "is not a JSON Pointer; after ~ comes 0 or 1");
  }
  const path = text.startsWith("/") ? segments(text) : [text];
  const [name = ""] = path;
  if (!Object.hasOwn(fields, name) || fields[name]?.secret || fields[name]?.access !== "write") {
    return fault("unknown_field", "is not a field that can be written");
  }
  if (path.length > jsonLimits.depth + 1) {
    return fault("too_deep", `has ${path.length} parts, more than ${jsonLimits.depth + 1}`);
  }
  if (path.includes("__proto__")) return fault("forbidden_key", "the key __proto__ is not allowed");
  return path;
}

/** Parses `where` and the options beside it. */
function readOptions<Named extends Key>(
  fields: Fields,
  input: JsonObject,
  known: Fields,
  others: readonly string[],
  parsed: ParsedUpsert<Named>,
  named: NamedBy<Named>,
): void {
  const { where, ...rest } = input as { where?: unknown };
  readFields(rest, known, ["where", ...others], parsed, parsed.faults);
  parsed.where = named(fields, where, "/where", parsed.faults) ?? [];
}

/** Parses plain values by their policies into an object. Any other key is reported as unknown. */
export function readFields(
  input: object,
  known: Fields,
  others: readonly string[],
  into: object,
  faults: Fault[],
): void {
  const unknown = unknownNames(() => [...others, ...Object.keys(known)], faults);
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(known, key)) {
      unknown(key, pointer(key));
      continue;
    }
    const read = parseValue(known[key] as Field, value, pointer(key), faults);
    if (read !== undefined) Object.assign(into, { [key]: read });
  }
}

const uniqueFields = fieldsByTest((field) => field.unique);
const openFields = fieldsByTest((field) => !field.secret);

/** Parses the part of a request that names a record. */
type NamedBy<Named extends Key> = (
  fields: Fields,
  input: unknown,
  at: string,
  faults: Fault[],
) => readonly Named[] | undefined;

/**
 * Parses `{ where }`, the input of get, delete, restore and history.
 * @returns the forms in which the value may be stored; the first that finds a record counts
 */
export const parseWhere: NamedBy<Where> = (fields, input, at, faults) => {
  const named = parseNaming(fields, uniqueFields(fields), input, at, faults);
  return named && namings(fields, named[0], named[1] as string | number);
};

/**
 * The fields by which an upsert can find its record: the unique ones, for people the address, and those with
 * indexed values within.
 */
export const keyFields = fieldsByTest(
  ({ unique, kind, secret, indexable }) => !secret && (unique || kind === "email" || indexable),
);

/** Parses the `where` of an upsert, like `parseWhere`. */
const parseKey: NamedBy<Key> = (fields, input, at, faults) => {
  const named = parseNaming(fields, keyFields(fields), input, at, faults);
  if (!named) return undefined;
  const [field, value] = named;
  if (fields[field]?.indexable) return parseKeyWithin(field, value, at + pointer(field), faults);
  return namings(fields, field, value as string | number);
};

const keyText: Field = { kind: "text", nullable: false, min: 1, max: 255, description: "" };

/** Parses a key within a JSON field: one value by its path or pointer. */
function parseKeyWithin(field: string, input: unknown, at: string, faults: Fault[]): Key[] | undefined {
  const given = Object.entries(input as JsonObject).filter(([, value]) => value !== undefined);
  const [[name, value] = ["", undefined], ...rest] = given;
  const place = propertyPointer(name);
  const here = at + pointer(name);
  if (given.length === 0 || rest.length > 0)
    faults.push({ pointer: at, code: "ambiguous", message: "must name exactly one value" });
  else if (place === undefined)
    faults.push({ pointer: here, code: "invalid_format", message: "is neither a path nor a JSON Pointer" });
  else if (typeof value === "number" && Number.isFinite(value))
    return [{ field: field as FieldName, value, place }];
  else if (typeof value !== "string")
    faults.push({ pointer: here, code: "invalid_type", message: "must be a text or a number" });
  else if (parseValue(keyText, value, here, faults) !== undefined)
    return [{ field: field as FieldName, value, place }];
  return undefined;
}

function parseNaming(
  fields: Fields,
  names: readonly string[],
  input: unknown,
  at: string,
  faults: Fault[],
): [field: string, value: unknown] | undefined {
  const expected = () => `must name the record by exactly one of ${names.join(", ")}`;
  if (input === undefined) {
    faults.push({ pointer: at, code: "required", message: expected() });
    return undefined;
  }
  if (!isRequestObject(input, at, faults)) return undefined;
  const before = faults.length;
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const unknown = unknownNames(() => names, faults);
  for (const [key] of given) if (!names.includes(key)) unknown(key, at + pointer(key));
  if (faults.length > before) return undefined;
  const [first, ...rest] = given;
  if (first === undefined || rest.length > 0) {
    faults.push({ pointer: at, code: "ambiguous", message: expected() });
    return undefined;
  }
  const [field, value] = first;
  if (value === null) {
    faults.push({ pointer: at + pointer(field), code: "not_nullable", message: "null names no record" });
    return undefined;
  }
  const parsed = parseValue(fields[field] as Field, value, at + pointer(field), faults, []);
  return parsed === undefined ? undefined : [field, value];
}

/**
 * The forms in which a unique value may be stored: its canonical form first, then those that an earlier
 * release may have kept.
 */
export function namings(fields: Fields, field: string, value: string | number): Where[] {
  const policy = fields[field] as Field;
  const parsed = parseValue(policy, value, "", [], []) as string | number | undefined;
  const forms = isIdentifier(policy) && typeof value === "string" ? nameForms(value) : [value];
  return [...new Set([parsed ?? value, ...forms])].map((form) => ({
    field: field as UniqueName,
    value: form,
  }));
}

/**
 * Makes an edit from a raw value.
 * @param faults receives the faults of the value
 */
export function readEdit(
  fields: Fields,
  { field, op, at }: Pick<Edit, "field" | "op" | "at">,
  value: unknown,
  faults: Fault[],
): Edit {
  const read = parseValue(fields[field] as Field, value, at, faults);
  return read === undefined
    ? { field, op, value: value as JsonValue, at, faulty: true }
    : { field, op, value: read, at };
}

function parseFields(
  fields: Fields,
  input: JsonObject,
  at: string,
  op: (field: Field, value: unknown) => Edit["op"],
  misfit: (field: Field) => string | undefined,
  faults: Fault[],
): Edit[] {
  const edits: Edit[] = [];
  const unknown = unknownNames(() => openFields(fields), faults);
  for (const [key, value] of Object.entries(input) as [string, unknown][]) {
    if (value === undefined) continue;
    const where = at + pointer(key);
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined || field.secret) {
      unknown(key, where);
    } else if (field.access === "read") {
      faults.push({ pointer: where, code: "read_only", message: "is set by Roster and cannot be written" });
    } else {
      const reason = misfit(field);
      if (reason !== undefined) {
        faults.push({ pointer: where, code: "invalid_type", message: reason });
        continue;
      }
      const edit = { field: key as FieldName, op: op(field, value), at: where };
      edits.push(readEdit(fields, edit, value, faults));
    }
  }
  return edits;
}

/** Reports conflicting edits: a field both set and added to, or an entry both added and removed. */
function ambiguities(fields: Fields, edits: readonly Edit[]): Fault[] {
  const faults: Fault[] = [];
  const first = new Map<string, Edit>();
  for (const edit of edits) {
    const other = first.get(edit.field);
    if (other === undefined) {
      first.set(edit.field, edit);
    } else if (![other.op, edit.op].every((op) => op === "add" || op === "remove")) {
      faults.push({ pointer: edit.at, code: "ambiguous", message: `is also given at ${other.at}` });
    } else {
      const key = (item: JsonValue) =>
        typeof item === "string" ? setKey(fields[edit.field] as Field, item) : undefined;
      const keys = new Set(entries(other).map(key));
      for (const [i, item] of entries(edit).entries()) {
        if (typeof item === "string" && keys.has(key(item))) {
          faults.push({
            pointer: edit.at + pointer(i),
            code: "ambiguous",
            message: "is both added and removed",
          });
        }
      }
    }
  }
  return faults;
}

const entries = ({ value }: Edit): JsonValue[] => (Array.isArray(value) ? value : []);

export function isRequestObject(value: unknown, at: string, faults: Fault[]): value is JsonObject {
  if (isPlainObject(value)) return true;
  faults.push({ pointer: at, code: "invalid_type", message: "must be an object" });
  return false;
}
