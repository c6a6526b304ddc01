import type { Fault } from "../errors.ts";
import { integer, text, fieldsWhere, type Field, type Fields } from "./field.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { pointer } from "./pointer.ts";
import { parseValue, setKey } from "./value.ts";

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
  expectedVersion: number | undefined;
  reason: string | undefined;
  dryRun: boolean;
}

/** Options of an update that are not about fields. */
const optionFields = {
  expectedVersion: integer({
    nullable: false,
    min: 1,
    description: "Refuse the update when the record has another version.",
  }),
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
  const faults: Fault[] = [];
  const parsed: ParsedUpdate = {
    edits: [],
    faults,
    where: [],
    expectedVersion: undefined,
    reason: undefined,
    dryRun: false,
  };
  if (!isRequestObject(input, "", faults)) return parsed;
  for (const [key, value] of Object.entries(input)) {
    const at = pointer(key);
    if (value === undefined || key === "where" || Object.hasOwn(blocks, key)) continue;
    if (Object.hasOwn(optionFields, key)) {
      const option = parseValue(optionFields[key as keyof typeof optionFields], value, at, faults);
      if (option !== undefined) Object.assign(parsed, { [key]: option });
    } else {
      faults.push(unknownField(key, at, ["where", ...Object.keys(blocks), ...Object.keys(optionFields)]));
    }
  }
  const where = parseWhere(
    fields,
    Object.hasOwn(input, "where") ? input["where"] : undefined,
    "/where",
    faults,
  );
  if (where) parsed.where = [where];
  const read = parseEdits(fields, input);
  parsed.edits = read.edits;
  faults.push(...read.faults);
  return parsed;
}

/** Reads `{ where }`, the input of get, delete, restore and history. */
export function parseWhere(fields: Fields, input: unknown, at: string, faults: Fault[]): Where | undefined {
  const unique = fieldsWhere(fields, (field) => field.unique);
  const expected = `exactly one of ${unique.join(", ")}`;
  if (input === undefined) {
    faults.push({ pointer: at, code: "required", message: `must name the record by ${expected}` });
    return undefined;
  }
  if (!isRequestObject(input, at, faults)) return undefined;
  const before = faults.length;
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  for (const [key] of given) {
    if (!unique.includes(key)) faults.push(unknownField(key, at + pointer(key), unique));
  }
  if (faults.length > before) return undefined;
  const [first, ...rest] = given;
  if (first === undefined || rest.length > 0) {
    faults.push({ pointer: at, code: "ambiguous", message: `must name the record by ${expected}` });
    return undefined;
  }
  const [field, value] = first;
  const policy = { ...(fields[field] as Field), nullable: false };
  const parsed = parseValue(policy, value, at + pointer(field), faults);
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
  for (const [key, value] of Object.entries(input) as [string, unknown][]) {
    if (value === undefined) continue;
    const where = at + pointer(key);
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined || field.secret) {
      const known = fieldsWhere(fields, ({ secret }) => !secret);
      faults.push(unknownField(key, where, known));
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

function unknownField(key: string, at: string, known: readonly string[]): Fault {
  const close = known.find((name) => name.toLowerCase() === key.toLowerCase().replaceAll(/[_-]/g, ""));
  return {
    pointer: at,
    code: "unknown_field",
    message: "is not a known field" + (close ? `; did you mean ${close}?` : ""),
  };
}
