import type { Fault } from "../errors.ts";
import { choice, fieldsByTest, fieldsWhere, integer, text, type Field, type Fields } from "./field.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { unknownNames } from "./nearest-name.ts";
import { pointer } from "./pointer.ts";
import { parseValue, setKey } from "./value.ts";
import type { ExpectedVersion } from "./version.ts";

/** One step of an update in normal form: what happens to which field, and where the request says so. */
export interface Edit {
  field: string;
  op: "set" | "merge" | "add" | "remove";
  value: JsonValue;
  /** JSON Pointer into the request. */
  at: string;
}

/** One unique value that names a record. */
export interface Where {
  field: string;
  value: string | number;
}

/** A request that has been read: what is fit to use of it, and what is wrong with the rest. */
export interface ParsedCreate {
  edits: Edit[];
  faults: Fault[];
}

export interface ParsedUpdate extends ParsedCreate {
  /** Names the record: the first of these that a live record has. Empty only when `faults` says why. */
  where: readonly Where[];
  expectedVersion: ExpectedVersion | undefined;
  onConflict: "reject" | "rebase";
  reason: string | undefined;
  dryRun: boolean;
}

/** An update with nothing but its edits. */
export const plainUpdate = (where: readonly Where[], { edits, faults }: ParsedCreate): ParsedUpdate => ({
  where,
  edits,
  faults,
  expectedVersion: undefined,
  onConflict: "reject",
  reason: undefined,
  dryRun: false,
});

/** Many updates under one answer. */
export interface ParsedMany {
  items: ParsedUpdate[];
  /** What is wrong with the request as a whole. */
  faults: Fault[];
  atomic: boolean;
  reason: string | undefined;
  dryRun: boolean;
}

/** A way back to a version, of the whole record or of one field. */
export interface ParsedRevert extends ParsedUpdate {
  to: number;
  /** JSON Pointer into the record. */
  field: string | undefined;
}

/** Options of an update that are not about fields. */
export const optionFields = {
  expectedVersion: integer({
    nullable: false,
    min: 1,
    description: "Refuse the update when the record has another version.",
  }),
  onConflict: choice(["reject", "rebase"], { nullable: false, description: "What to do when it has." }),
  reason: text({ nullable: false, max: 1000, description: "Why, for the history." }),
  dryRun: {
    kind: "boolean",
    nullable: false,
    description: "Check and answer as usual, and store nothing.",
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
  // Before `add`, so that a full set can lose an entry and get another.
  remove: {
    fits: (field) => field.kind === "set",
    only: "only sets can be removed from",
    op: () => "remove",
  },
  add: { fits: (field) => field.kind === "set", only: "only sets can be added to", op: () => "add" },
};

/** Reads the fields of a new record. Faults point at `/field`. */
export function parseCreate(fields: Fields, input: unknown): ParsedCreate {
  const faults: Fault[] = [];
  if (!isRequestObject(input, "", faults)) return { edits: [], faults };
  const steps = parseFields(
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
  return { edits: steps.filter(isEdit), faults };
}

/** What an update does to fields, without what else it says. */
export type EditBlocks = { readonly [B in Block]?: unknown };

/** Reads the blocks of an update. Faults point at `/block/field`. */
export function parseEdits(fields: Fields, input: EditBlocks): ParsedCreate {
  const faults: Fault[] = [];
  const steps: Step[] = [];
  for (const [key, { fits, only, op }] of Object.entries(blocks)) {
    const value: unknown = Object.hasOwn(input, key) ? input[key as Block] : undefined;
    const at = pointer(key);
    if (value === undefined || !isRequestObject(value, at, faults)) continue;
    steps.push(...parseFields(fields, value, at, op, (field) => (fits(field) ? undefined : only), faults));
  }
  faults.push(...ambiguities(fields, steps));
  return { edits: steps.filter(isEdit), faults };
}

/** Reads an update. Faults point into it: `/patch/email`, `/add/groupTags/0`, `/where`. */
export function parseUpdate(fields: Fields, input: unknown): ParsedUpdate {
  const parsed = plainUpdate([], { edits: [], faults: [] });
  if (!isRequestObject(input, "", parsed.faults)) return parsed;
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !Object.hasOwn(blocks, key)));
  readOptions(fields, rest, optionFields, Object.keys(blocks), parsed);
  const { edits, faults } = parseEdits(fields, input);
  parsed.edits = edits;
  parsed.faults.push(...faults);
  return parsed;
}

/** The most items of a request for many. */
export const maxItems = 1_000;

const manyFields = {
  mode: choice(["atomic", "independent"], {
    nullable: false,
    description: "All or nothing, or each for itself.",
  }),
  reason: optionFields.reason,
  dryRun: optionFields.dryRun,
};

/** Reads `{ items, mode, reason?, dryRun? }`. Faults of an item point at `/items/3/patch/…`. */
export function parseMany(fields: Fields, input: unknown): ParsedMany {
  const faults: Fault[] = [];
  const parsed: ParsedMany = { items: [], faults, atomic: true, reason: undefined, dryRun: false };
  if (!isRequestObject(input, "", faults)) return parsed;
  const { items, ...rest } = input as { items?: unknown };
  const options: { mode?: string; reason?: string; dryRun?: boolean } = {};
  readFields(rest, manyFields, ["items"], options, faults);
  if (!Array.isArray(items)) {
    faults.push({ pointer: "/items", code: "required", message: "must be an array of updates" });
  } else if (items.length === 0 || items.length > maxItems) {
    faults.push({
      pointer: "/items",
      code: "too_many",
      message: `has ${items.length} items, not 1 to ${maxItems}`,
    });
  } else {
    parsed.items = items.map((item: unknown, i) => {
      const at = pointer("items", i);
      const update = parseUpdate(fields, item);
      const { reason = options.reason, dryRun } = update;
      if (dryRun)
        update.faults.push({
          pointer: "/dryRun",
          code: "ambiguous",
          message: "is said of all items, beside them",
        });
      return {
        ...update,
        reason,
        dryRun: false,
        edits: update.edits.map((edit) => ({ ...edit, at: at + edit.at })),
        faults: update.faults.map((fault) => ({ ...fault, pointer: at + fault.pointer })),
      };
    });
  }
  return {
    ...parsed,
    atomic: options.mode !== "independent",
    reason: options.reason,
    dryRun: options.dryRun ?? false,
  };
}

const revertFields = {
  ...optionFields,
  to: integer({ nullable: false, min: 1, description: "The version to go back to." }),
  field: text({ nullable: false, max: 1000, description: "One field, by name or JSON Pointer." }),
};

/** Reads `{ where, to, field?, … }`. */
export function parseRevert(fields: Fields, input: unknown): ParsedRevert {
  const parsed: ParsedRevert = { ...plainUpdate([], { edits: [], faults: [] }), to: 0, field: undefined };
  if (!isRequestObject(input, "", parsed.faults)) return parsed;
  readOptions(fields, input, revertFields, [], parsed);
  if (parsed.to === 0 && !("to" in input)) {
    parsed.faults.push({ pointer: "/to", code: "required", message: "must be a version" });
  }
  if (parsed.field !== undefined && !parsed.field.startsWith("/")) parsed.field = pointer(parsed.field);
  // A way back to nowhere is not tried.
  if (parsed.faults.length > 0) parsed.where = [];
  return parsed;
}

/** Reads `where` and the options beside it. */
function readOptions(
  fields: Fields,
  input: JsonObject,
  known: Fields,
  others: readonly string[],
  parsed: ParsedUpdate,
): void {
  const { where, ...rest } = input as { where?: unknown };
  readFields(rest, known, ["where", ...others], parsed, parsed.faults);
  const named = parseWhere(fields, where, "/where", parsed.faults);
  if (named) parsed.where = [named];
}

/** Reads plain values by their policies; any other key is unknown. */
function readFields(
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

/** Reads `{ where }`, the input of get, delete, restore and history. */
export function parseWhere(fields: Fields, input: unknown, at: string, faults: Fault[]): Where | undefined {
  const unique = uniqueFields(fields);
  const expected = () => `must name the record by exactly one of ${unique.join(", ")}`;
  if (input === undefined) {
    faults.push({ pointer: at, code: "required", message: expected() });
    return undefined;
  }
  if (!isRequestObject(input, at, faults)) return undefined;
  const before = faults.length;
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const unknown = unknownNames(() => unique, faults);
  for (const [key] of given) if (!unique.includes(key)) unknown(key, at + pointer(key));
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
  const parsed = parseValue(fields[field] as Field, value, at + pointer(field), faults);
  return parsed === undefined ? undefined : { field, value: parsed as string | number };
}

/** An edit, or the attempt at one: there is no value where something is wrong with it. */
type Step = Omit<Edit, "value"> & { value: JsonValue | undefined };
const isEdit = (step: Step): step is Edit => step.value !== undefined;

function parseFields(
  fields: Fields,
  input: JsonObject,
  at: string,
  op: (field: Field, value: unknown) => Edit["op"],
  misfit: (field: Field) => string | undefined,
  faults: Fault[],
): Step[] {
  const steps: Step[] = [];
  const unknown = unknownNames(() => fieldsWhere(fields, ({ secret }) => !secret), faults);
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
      const parsed = parseValue(field, value, where, faults);
      steps.push({ field: key, op: op(field, value), value: parsed, at: where });
    }
  }
  return steps;
}

/** One field must be told one thing: not set and added to, not an entry both added and removed. */
function ambiguities(fields: Fields, steps: readonly Step[]): Fault[] {
  const faults: Fault[] = [];
  const first = new Map<string, Step>();
  for (const step of steps) {
    const other = first.get(step.field);
    if (other === undefined) {
      first.set(step.field, step);
    } else if (![other.op, step.op].every((op) => op === "add" || op === "remove")) {
      faults.push({ pointer: step.at, code: "ambiguous", message: `is also given at ${other.at}` });
    } else if (isEdit(other) && isEdit(step)) {
      const field = fields[step.field] as Field;
      const keys = new Set((other.value as string[]).map((item) => setKey(field, item)));
      for (const [i, item] of (step.value as string[]).entries()) {
        if (keys.has(setKey(field, item))) {
          faults.push({
            pointer: step.at + pointer(i),
            code: "ambiguous",
            message: "is both added and removed",
          });
        }
      }
    }
  }
  return faults;
}

function isRequestObject(value: unknown, at: string, faults: Fault[]): value is JsonObject {
  if (isJsonObject(value)) return true;
  faults.push({ pointer: at, code: "invalid_type", message: "must be an object" });
  return false;
}
