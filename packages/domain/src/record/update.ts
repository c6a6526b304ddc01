import { refusal, RosterError, type ChangedSince, type Fault, type Unfit } from "../errors.ts";
import type { UniqueName } from "../record-types.ts";
import { diff, loggedFields, type Change } from "./change.ts";
import { fieldsByTest, fieldsWhere, type Field, type Fields, type Reference } from "./field.ts";
import { checkSize, jsonEqual, type JsonObject, type JsonValue } from "./json.ts";
import { isMerged, mergePatch } from "./merge-patch.ts";
import type { Edit, ParsedCreate } from "./parse.ts";
import { isWithin, pointer, segments } from "./pointer.ts";
import type { RecordBase } from "./record.ts";
import { keepSpellings } from "./spelling.ts";
import { canonical, parseValue, setKey, union, without } from "./value.ts";

/** What a rule needs of the world. Nothing here may have an effect. */
export interface RuleContext {
  /** The present, ISO 8601 UTC with milliseconds. */
  now: string;
  /** Who acts. */
  actor: string;
  /** The E.164 form of a phone number; or why there is none, or undefined. */
  phone(written: string): string | Unfit | undefined;
  /** The ISO 3166-1 alpha-2 code of a country; or why there is none, or undefined. */
  country(written: string): string | Unfit | undefined;
  /**
   * The stored form of what a field names, or undefined where it does not exist.
   * @param by the unique field that names it; any that can when missing
   */
  resolve(reference: Reference, named: string | number, by?: UniqueName): string | number | undefined;
  /** Whether another live record has this value of a unique field. */
  taken(field: UniqueName, value: string | number, id: string): boolean;
  /** Whether every change must say which version of the record it is of. */
  requiresVersions(): boolean;
  /** Each path of a record that was changed after a version, with its latest change; undefined where there is no log. */
  changedSince(id: string, version: number): readonly ChangedSince[] | undefined;
  /** A record as it was at an earlier version; undefined where there is no log. */
  asOf(current: { id: string; version: number }, version: number): object | undefined;
}

/** What an applied change leads to. No changes: `next` is the current record itself. */
export interface Outcome<R> {
  next: R;
  changes: Change[];
}

/** The result of all edits that can be applied, and the faults of the rest. With faults, nothing is stored. */
export interface Edited<R> extends Outcome<R> {
  faults: Fault[];
}

/** The outcome of edits, or their refusal with all faults. */
export const settled = <R>({ faults, ...outcome }: Edited<R>): Outcome<R> | RosterError =>
  faults.length > 0 ? refusal(faults) : outcome;

/**
 * Rules over several fields of one record type, checked on the result of an update.
 *
 * @param at where the value of a field stands in the request
 * @param broken fields that the update meant to change, but not to a value that they can have: what
 *   `next` has there is still the old one
 */
export type Invariants<R, C extends RuleContext> = (
  next: R,
  changed: ReadonlySet<string>,
  at: (field: string) => string,
  context: C,
  broken: ReadonlySet<string>,
) => Fault[];

/** A record type: its fields, and what becomes of its records. Pure functions. */
export interface RecordRules<R extends RecordBase, C extends RuleContext = RuleContext> {
  /** What the type is called in messages, such as `customer`. */
  type: string;
  fields: Fields;
  update(current: R, parsed: ParsedCreate, context: C): Edited<R>;
  delete(current: R, context: C): Outcome<R> | RosterError;
  restore(current: R, context: C): Outcome<R> | RosterError;
}

/**
 * Applies the edits of one update to a record: the values, then references, unique values and the
 * invariants, all on the result. A value that an edit leaves as it is is not checked: what is stored
 * is never an obstacle, whatever the rules were when it was stored.
 *
 * @param parsed the edits, and the faults that reading them has found
 */
export function edit<R extends RecordBase, C extends RuleContext>(
  fields: Fields,
  current: R,
  { edits, faults }: ParsedCreate,
  invariants: Invariants<R, C>,
  context: C,
): Edited<R> {
  let found = [...faults];
  const next = { ...current } as unknown as JsonObject;
  const origins = new Map<string, string>();
  const written = new Map<string, string>();
  const broken = new Set<string>();
  for (const step of edits) {
    origins.set(step.field, step.at);
    if (!step.stored) written.set(step.field, step.at);
    const field = fields[step.field] as Field;
    const before = next[step.field] as JsonValue;
    if (step.faulty) found = withoutStored(field, before, step, found);
    if (keeps(field, before, step)) continue;
    const wrong =
      step.faulty && (!Array.isArray(step.value) || found.some(({ pointer: at }) => isWithin(at, step.at)));
    const value = wrong ? undefined : applied(field, before, step, found, context);
    if (value === undefined) broken.add(step.field);
    else next[step.field] = value;
  }
  const spelled = keepSpellings(fields, current as unknown as JsonObject, next, written, found, context);
  // Secret values are neither in the log nor in any answer.
  const touched = [...new Set([...origins.keys(), ...spelled])].filter((name) => !fields[name]?.secret);
  const changes = diff(current, next, touched);
  if (changes.length > 0 || found.length > 0) {
    const changed = new Set(changes.map(({ path }) => segments(path)[0] as string));
    const at = (name: string) => origins.get(name) ?? pointer(name);
    found.push(...takenFaults(fields, next, changed, at, context));
    found.push(...invariants(next as unknown as R, changed, at, context, broken));
  }
  if (changes.length === 0) return { next: current, changes, faults: found };
  return { next: stamped(next as unknown as R, context), changes, faults: found };
}

/** The record as the version after the current one, changed now by the context's actor. */
export const stamped = <R extends RecordBase>(record: R, context: RuleContext): R => ({
  ...record,
  version: record.version + 1,
  updatedAt: context.now,
  updatedBy: context.actor,
});

/**
 * Whether an edit leaves the whole value of its field as it is. A text that an earlier release kept in
 * another form than today's is left as it is by either form.
 */
function keeps(field: Field, current: JsonValue, { op, value }: Edit): boolean {
  if (op === "merge") return isMerged(current, value);
  if (op !== "set") return false;
  if (typeof current === "string" && typeof value === "string" && current !== value)
    return canonical(field, current) === value;
  return jsonEqual(current, value);
}

/** The faults of a request without those of a value, or of entries of a set, that the record has already. */
function withoutStored(field: Field, current: JsonValue, step: Edit, faults: Fault[]): Fault[] {
  const { value, at } = step;
  const whole = keeps(field, current, step);
  const entries = new Set<string>();
  // Of a set with too many entries none has been read, so none has a fault of its own.
  if (field.kind === "set" && Array.isArray(value) && value.length <= (field.max as number)) {
    const has = entryOf(field, current as string[]);
    for (const [i, item] of value.entries()) if (has(item) !== undefined) entries.add(at + pointer(i));
  }
  if (!whole && entries.size === 0) return faults;
  // What is stored is JSON, which a Date with as few keys is not.
  const counts = (code: Fault["code"]) =>
    code === "ambiguous" || (field.kind === "json" && code === "invalid_type");
  return faults.filter(
    ({ pointer: place, code }) => counts(code) || !(entries.has(place) || (whole && isWithin(place, at))),
  );
}

/** Looks up an entry of a set as the set has it. */
function entryOf(field: Field, set: readonly string[]): (item: unknown) => string | undefined {
  const known = new Map(set.map((item) => [setKey(field, item), item]));
  return (item) => (typeof item === "string" ? known.get(setKey(field, item)) : undefined);
}

/** The value of a field after one edit, or undefined when the edit is at fault. */
function applied(
  field: Field,
  current: JsonValue,
  step: Edit,
  faults: Fault[],
  context: RuleContext,
): JsonValue | undefined {
  const { op, value, at } = step;
  if (field.kind === "set") {
    // A new record has no set yet where its policy has no initial one.
    return appliedToSet(field, (current ?? []) as string[], step, faults, context);
  }
  const result = op === "merge" ? mergePatch(current, value) : resolved(field, value, step, faults, context);
  if (field.kind !== "json" || result === undefined || step.stored) return result;
  const before = faults.length;
  checkSize(result, at, faults, current);
  return faults.length > before ? undefined : result;
}

function appliedToSet(
  field: Field,
  current: string[],
  step: Edit,
  faults: Fault[],
  context: RuleContext,
): string[] | undefined {
  const { op, value, at, faulty, stored } = step;
  const items = value as string[];
  if (op === "remove") return without(field, current, items);
  const has = entryOf(field, current);
  const names = items.map((item, i) => {
    const own = has(item);
    if (own !== undefined) return field.refers ? own : item;
    // An edit that was at fault only for entries that are stored is used as it was sent.
    const read = faulty ? (parseValue(field, [item], at, []) as string[])[0] : item;
    return resolved(field, read as string, { ...step, at: at + pointer(i) }, faults, context);
  });
  if (names.includes(undefined)) return undefined;
  const result = union(field, op === "add" ? current : [], names as string[]);
  const max = field.max as number;
  if (stored || result.length <= Math.max(max, current.length)) return result;
  faults.push({ pointer: at, code: "too_many", message: `makes ${result.length} entries, more than ${max}` });
  return undefined;
}

/** A value in its stored form: phones and countries normalised, references found. */
function resolved(
  field: Field,
  value: JsonValue,
  { at, by, stored }: Edit,
  faults: Fault[],
  context: RuleContext,
): JsonValue | undefined {
  if (value === null) return null;
  if (field.kind === "phone" || field.kind === "country") {
    if (stored) return value;
    const normal = context[field.kind](value as string);
    if (typeof normal === "string") return normal;
    const message =
      field.kind === "phone"
        ? "is not a possible phone number; write it with + and the country code"
        : "is not a country of ISO 3166-1";
    faults.push({ pointer: at, ...(normal ?? { code: "invalid_format", message }) });
    return undefined;
  }
  const { refers } = field;
  if (refers === undefined) return value;
  const found = context.resolve(refers, value as string | number, by);
  if (found === undefined) {
    faults.push({
      pointer: at,
      code: "not_found",
      message: `there is no ${words[refers]} ${JSON.stringify(value)}`,
    });
  }
  return found;
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
  { edits, faults }: ParsedCreate,
  invariants: Invariants<R, C>,
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
  // Nothing is stored yet, so no value is as it was.
  const sound = edits.filter(({ faulty }) => !faulty);
  const outcome = settled(edit(fields, blank, { edits: sound, faults }, invariants, context));
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
  invariants: Invariants<R, C>,
  context: C,
): Outcome<R> | RosterError {
  if (current.deletedAt === null) return { next: current, changes: [] };
  const next = stamped({ ...current, deletedAt: null }, context);
  const all = new Set(Object.keys(fields));
  const faults = [
    ...takenFaults(fields, next, all, pointer, context),
    ...invariants(next, all, pointer, context, new Set()),
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

/** The rules of a record type without invariants. */
export function plainRules<R extends RecordBase>(type: string, fields: Fields): RecordRules<R> {
  const none = () => [];
  return {
    type,
    fields,
    update: (current, parsed, context) => edit(fields, current, parsed, none, context),
    delete: remove,
    restore: (current, context) => restore(fields, current, none, context),
  };
}

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
