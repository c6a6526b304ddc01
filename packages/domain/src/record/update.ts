import { refusal, RosterError, type Fault } from "../errors.ts";
import type { UniqueName } from "../record-types.ts";
import { diff, loggedFields, type Change } from "./change.ts";
import { fieldsByTest, fieldsWhere, type Field, type Fields, type Reference } from "./field.ts";
import { checkSize, type JsonObject, type JsonValue } from "./json.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Edit } from "./parse.ts";
import { pointer, segments } from "./pointer.ts";
import type { RecordBase } from "./record.ts";
import { union, without } from "./value.ts";

/** What a rule needs of the world. Nothing here may have an effect. */
export interface RuleContext {
  /** The present, ISO 8601 UTC with milliseconds. */
  now: string;
  /** Who acts. */
  actor: string;
  /** The E.164 form of a phone number, or undefined where no numbering plan has it. */
  phone(written: string): string | undefined;
  /** The ISO 3166-1 alpha-2 code of a country, or undefined where there is no such country. */
  country(written: string): string | undefined;
  /** The stored form of what a field names, or undefined where it does not exist. */
  resolve(reference: Reference, named: string | number): string | number | undefined;
  /** Whether another live record has this value of a unique field. */
  taken(field: UniqueName, value: string | number, id: string): boolean;
}

/** What an applied update leads to. No changes: `next` is the current record itself. */
export interface Outcome<R> {
  next: R;
  changes: Change[];
}

/**
 * Rules over several fields of one record type, checked on the result of an update.
 *
 * @param at where the value of a field stands in the request
 * @param broken fields that the update meant to change, but not to a value that they can have: what
 *   `next` has there is still the old one
 */
export type Rules<R, C extends RuleContext> = (
  next: R,
  changed: ReadonlySet<string>,
  at: (field: string) => string,
  context: C,
  broken: ReadonlySet<string>,
) => Fault[];

/**
 * Applies the edits of one update to a record: the values, then references, unique values and the
 * type's own rules, all on the result.
 *
 * @param faults what reading the request has already found wrong; everything is refused together
 * @returns the record after it, or the refusal
 */
export function edit<R extends RecordBase, C extends RuleContext>(
  fields: Fields,
  current: R,
  edits: readonly Edit[],
  faults: readonly Fault[],
  rules: Rules<R, C>,
  context: C,
): Outcome<R> | RosterError {
  const found = [...faults];
  const next = { ...current } as unknown as JsonObject;
  const origins = new Map<string, string>();
  const broken = new Set<string>();
  for (const step of edits) {
    origins.set(step.field, step.at);
    const field = fields[step.field] as Field;
    const value = applied(field, next[step.field] as JsonValue, step, found, context);
    if (value === undefined) broken.add(step.field);
    else next[step.field] = value;
  }
  // What is secret is not in the log, nor in any answer.
  const touched = [...origins.keys()].filter((name) => !fields[name]?.secret);
  const changes = diff(current, next, touched);
  if (changes.length > 0 || found.length > 0) {
    const changed = new Set(changes.map(({ path }) => segments(path)[0] as string));
    const at = (name: string) => origins.get(name) ?? pointer(name);
    found.push(...takenFaults(fields, next, changed, at, context));
    found.push(...rules(next as unknown as R, changed, at, context, broken));
  }
  if (found.length > 0) return refusal(found);
  if (changes.length === 0) return { next: current, changes };
  return { next: stamped(next as unknown as R, context), changes };
}

const stamped = <R extends RecordBase>(record: R, context: RuleContext): R => ({
  ...record,
  version: record.version + 1,
  updatedAt: context.now,
  updatedBy: context.actor,
});

/** The value of a field after one edit, or undefined when the edit is at fault. */
function applied(
  field: Field,
  current: JsonValue,
  step: Edit,
  faults: Fault[],
  context: RuleContext,
): JsonValue | undefined {
  const { value, at } = step;
  switch (step.op) {
    case "remove":
      return without(field, current as string[], value as string[]);
    case "add": {
      const names = resolved(field, value, at, faults, context);
      if (names === undefined) return undefined;
      const result = union(field, current as string[], names as string[]);
      if (result.length <= (field.max as number)) return result;
      faults.push({
        pointer: at,
        code: "too_many",
        message: `makes ${result.length} entries, more than ${field.max}`,
      });
      return undefined;
    }
    case "merge": {
      const result = mergePatch(current, value);
      const before = faults.length;
      checkSize(result, at, faults);
      return faults.length > before ? undefined : result;
    }
    case "set": {
      const result = resolved(field, value, at, faults, context);
      return field.kind === "set" && result !== undefined ? union(field, [], result as string[]) : result;
    }
  }
}

/** A value in its stored form: phones and countries normalised, references found. */
function resolved(
  field: Field,
  value: JsonValue,
  at: string,
  faults: Fault[],
  context: RuleContext,
): JsonValue | undefined {
  if (value === null) return null;
  if (field.kind === "phone" || field.kind === "country") {
    const normal = context[field.kind](value as string);
    if (normal === undefined) {
      const message =
        field.kind === "phone"
          ? "is not a possible phone number; write it with + and the country code"
          : "is not a country of ISO 3166-1";
      faults.push({ pointer: at, code: "invalid_format", message });
    }
    return normal;
  }
  const { refers } = field;
  if (refers === undefined) return value;
  const find = (named: JsonValue, where: string) => {
    const result = context.resolve(refers, named as string | number);
    if (result === undefined) {
      faults.push({
        pointer: where,
        code: "not_found",
        message: `there is no ${words[refers]} ${JSON.stringify(named)}`,
      });
    }
    return result;
  };
  if (!Array.isArray(value)) return find(value, at);
  const all = value.map((item, i) => find(item, at + pointer(i)));
  return all.includes(undefined) ? undefined : (all as JsonValue[]);
}

const words: Record<Reference, string> = {
  groupTag: "group tag",
  hierarchyLevel: "hierarchy level",
  channel: "channel",
  accessGroup: "access group",
  customer: "customer",
  user: "user",
};

/** The unique fields that callers write. */
const givenUnique = fieldsByTest((field) => field.unique && field.access === "write");

/** A fault for each of the given fields whose unique value another live record has. */
export function takenFaults(
  fields: Fields,
  record: object,
  names: ReadonlySet<string>,
  at: (field: string) => string,
  context: RuleContext,
): Fault[] {
  return givenUnique(fields).flatMap((name) => {
    if (!names.has(name)) return [];
    const value = (record as JsonObject)[name];
    if (value === null || value === undefined) return [];
    if (!context.taken(name as UniqueName, value as string, (record as unknown as RecordBase).id)) return [];
    return [{ pointer: at(name), code: "taken" as const, message: `${JSON.stringify(value)} is taken` }];
  });
}

/**
 * A new record from the edits of its creation.
 *
 * @param assigned the values that Roster gives it: its id and the type's own, such as the number
 */
export function create<R extends RecordBase, C extends RuleContext>(
  fields: Fields,
  assigned: Partial<R> & { id: string },
  edits: readonly Edit[],
  faults: readonly Fault[],
  rules: Rules<R, C>,
  context: C,
): Outcome<R> | RosterError {
  const empty: JsonObject = {};
  for (const name of fieldsWhere(fields, (field) => !field.computed)) {
    empty[name] = (fields[name]?.initial ?? null) as JsonValue;
  }
  const blank = {
    ...empty,
    ...assigned,
    version: 0,
    createdAt: context.now,
    updatedAt: context.now,
    createdBy: context.actor,
    updatedBy: context.actor,
  } as unknown as R;
  const outcome = edit(fields, blank, edits, faults, rules, context);
  if (outcome instanceof RosterError) return outcome;
  const next = { ...outcome.next, version: 1 };
  return { next, changes: existing(fields, next) };
}

/** The changes that make a record out of nothing: every field that has a value. */
function existing(fields: Fields, record: object): Change[] {
  return loggedFields(fields).flatMap((name) => {
    const to = (record as JsonObject)[name];
    return to === null || to === undefined ? [] : [{ path: "/" + name, to }];
  });
}

/** Deletes a record softly: it keeps its history and its values, and frees its unique ones. */
export function remove<R extends RecordBase>(current: R, context: RuleContext): Outcome<R> {
  return {
    next: stamped({ ...current, deletedAt: context.now }, context),
    changes: [{ path: "/deletedAt", from: null, to: context.now }],
  };
}

/** Brings a deleted record back, if its unique values are free and the rules still hold for it. */
export function restore<R extends RecordBase, C extends RuleContext>(
  fields: Fields,
  current: R,
  rules: Rules<R, C>,
  context: C,
): Outcome<R> | RosterError {
  if (current.deletedAt === null) return { next: current, changes: [] };
  const next = stamped({ ...current, deletedAt: null }, context);
  const all = new Set(Object.keys(fields));
  const faults = [
    ...takenFaults(fields, next, all, pointer, context),
    ...rules(next, all, pointer, context, new Set()),
  ];
  if (faults.length > 0) return refusal(faults);
  return { next, changes: [{ path: "/deletedAt", from: current.deletedAt, to: null }] };
}

/** What is left of an erased record: that there was one, and when. */
const kept = new Set([
  "id",
  "number",
  "version",
  "createdAt",
  "updatedAt",
  "createdBy",
  "updatedBy",
  "deletedAt",
]);

/** Erases a record for good. What it was is nowhere in the result, and not in the changes either. */
export function erase<R extends RecordBase>(fields: Fields, current: R, context: RuleContext): Outcome<R> {
  const blank: JsonObject = {};
  for (const name of fieldsWhere(fields, (field) => !field.computed)) {
    const { initial, nullable } = fields[name] as Field;
    const nothing = (initial ?? (nullable ? null : "")) as JsonValue;
    blank[name] = kept.has(name) ? ((current as unknown as JsonObject)[name] as JsonValue) : nothing;
  }
  const gone = {
    ...(blank as unknown as R),
    deletedAt: current.deletedAt ?? context.now,
    erasedAt: context.now,
  };
  return { next: stamped(gone, context), changes: [{ path: "/erasedAt", from: null, to: context.now }] };
}
