import { refusal, RosterError, type Fault } from "../errors.ts";
import type { UniqueName } from "../record-types.ts";
import { changesOfEntries } from "./apart.ts";
import { diff, isApart, loggedFields, type Change } from "./change.ts";
import { fieldsByTest, fieldsWhere, isStored, type Field, type Fields, type Reference } from "./field.ts";
import { checkSize, jsonEqual, type JsonObject, type JsonValue } from "./json.ts";
import { isMerged, mergePatch } from "./merge-patch.ts";
import type { Edit, ParsedCreate } from "./edit.ts";
import { isWithin, pointer, segments } from "./pointer.ts";
import type { RecordBase } from "./record.ts";
import type { RuleContext } from "./rule-context.ts";
import { keepSpellings } from "./spelling.ts";
import { canonical, parseValue, setKey, union, without } from "./value.ts";

/** The result of a change. If nothing changes, `next` is the current record itself. */
export interface Outcome<R> {
  next: R;
  changes: Change[];
}

/**
 * The result of all edits that could be applied, and the faults of the others. With faults, nothing is
 * stored.
 */
export interface Edited<R> extends Outcome<R> {
  faults: Fault[];
}

/** The outcome of edits, or their refusal with all faults. */
export const settled = <R>({ faults, ...outcome }: Edited<R>): Outcome<R> | RosterError =>
  faults.length > 0 ? refusal(faults) : outcome;

/**
 * Rules over several fields of one record type, checked on the result of an update.
 *
 * @param at returns the pointer into the request for a field's value
 * @param broken fields whose new value is invalid, so `next` still has the old one
 */
export type Invariants<R, C extends RuleContext> = (
  next: R,
  changed: ReadonlySet<string>,
  at: (field: string) => string,
  context: C,
  broken: ReadonlySet<string>,
) => Fault[];

/** The pure rules of a record type. */
export interface RecordRules<R extends RecordBase, C extends RuleContext = RuleContext> {
  /** The name of the type in messages, such as `customer`. */
  type: string;
  fields: Fields;
  update(current: R, parsed: ParsedCreate, context: C): Edited<R>;
  delete(current: R, context: C): Outcome<R> | RosterError;
  restore(current: R, context: C): Outcome<R> | RosterError;
}

/**
 * Applies the edits of one update: first the values, then references, unique values and invariants, all
 * checked on the result. A value that an edit leaves unchanged is not checked, so a stored value never blocks
 * an update, whatever the rules were when it was stored.
 *
 * @param parsed the edits, and the faults found while parsing
 */
export function edit<R extends RecordBase, C extends RuleContext>(
  fields: Fields,
  current: R,
  { edits, faults }: ParsedCreate,
  invariants: Invariants<R, C>,
  context: C,
): Edited<R> {
  let found = [...faults];
  const apart = entriesNamed(fields, current, edits, context);
  const next = { ...current, ...apart } as unknown as JsonObject;
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
  // Secret values appear neither in the log nor in an answer.
  const touched = [...new Set([...origins.keys(), ...spelled])].filter((name) => !fields[name]?.secret);
  const changes = [
    ...diff(
      current,
      next,
      touched.filter((name) => !Object.hasOwn(apart, name)),
    ),
    ...Object.entries(apart).flatMap(([name, before]) =>
      changesOfEntries(name, before, next[name] as string[]),
    ),
  ];
  for (const name of Object.keys(apart)) delete next[name];
  if (changes.length > 0 || found.length > 0) {
    const changed = new Set(changes.map(({ path }) => segments(path)[0] as string));
    const at = (name: string) => origins.get(name) ?? pointer(name);
    found.push(...takenFaults(fields, next, changed, at, context));
    found.push(...invariants(next as unknown as R, changed, at, context, broken));
  }
  if (changes.length === 0) return { next: current, changes, faults: found };
  return { next: stamped(next as unknown as R, context), changes, faults: found };
}

/** The entries, of each set that is kept apart, that edits name; all if an edit sets the whole. */
function entriesNamed(
  fields: Fields,
  { id, version }: RecordBase,
  edits: readonly Edit[],
  context: RuleContext,
): Record<string, readonly string[]> {
  const named: Record<string, readonly string[]> = {};
  for (const { field } of edits) {
    if (!fields[field]?.apart || Object.hasOwn(named, field)) continue;
    const own = edits.filter((edit) => edit.field === field);
    const whole = own.some(({ op }) => op === "set");
    const entries = own.flatMap(({ value }) => value).filter((entry) => typeof entry === "string");
    named[field] = version === 0 ? [] : context.entries(id, field, whole ? undefined : entries);
  }
  return named;
}

/** The record as its next version, changed now by the context's actor. */
export const stamped = <R extends RecordBase>(record: R, context: RuleContext): R => ({
  ...record,
  version: record.version + 1,
  updatedAt: context.now,
  updatedBy: context.actor,
});

/**
 * Whether an edit leaves the field's value unchanged. A text stored in an older form is unchanged by that
 * form and by today's.
 */
function keeps(field: Field, current: JsonValue, { op, value }: Edit): boolean {
  if (op === "merge") return isMerged(current, value);
  if (op !== "set") return false;
  if (typeof current === "string" && typeof value === "string" && current !== value)
    return canonical(field, current) === value;
  return jsonEqual(current, value);
}

/** Drops the faults of a value, or of set entries, that the record already has. */
function withoutStored(field: Field, current: JsonValue, step: Edit, faults: Fault[]): Fault[] {
  const { value, at } = step;
  const whole = keeps(field, current, step);
  const entries = new Set<string>();
  // A set with too many entries was not parsed, so its entries have no faults of their own.
  if (field.kind === "set" && Array.isArray(value) && value.length <= (field.max as number)) {
    const has = entryOf(field, current as string[]);
    for (const [i, item] of value.entries()) if (has(item) !== undefined) entries.add(at + pointer(i));
  }
  if (!whole && entries.size === 0) return faults;
  // A stored value is JSON. A Date also has no keys, but is not JSON.
  const counts = (code: Fault["code"]) =>
    code === "ambiguous" || (field.kind === "json" && code === "invalid_type");
  return faults.filter(
    ({ pointer: place, code }) => counts(code) || !(entries.has(place) || (whole && isWithin(place, at))),
  );
}

/** Returns a lookup of set entries in their stored spelling. */
function entryOf(field: Field, set: readonly string[]): (item: unknown) => string | undefined {
  const known = new Map(set.map((item) => [setKey(field, item), item]));
  return (item) => (typeof item === "string" ? known.get(setKey(field, item)) : undefined);
}

/** The value of a field after one edit, or undefined if the edit is invalid. */
function applied(
  field: Field,
  current: JsonValue,
  step: Edit,
  faults: Fault[],
  context: RuleContext,
): JsonValue | undefined {
  const { op, value, at } = step;
  if (field.kind === "set") {
    // A new record has no set yet if the policy gives no initial one.
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
  const { refers } = field;
  const known =
    field.apart && refers
      ? context.existing(
          refers,
          items.filter((item) => typeof item === "string" && has(item) === undefined),
        )
      : undefined;
  const names = items.map((item, i) => {
    const own = has(item);
    if (own !== undefined) return refers ? own : item;
    if (known?.has(item)) return item;
    if (step.passing) return null;
    if (known && refers) return missing(refers, item, at + pointer(i), faults);
    // The edit is raw because of faults that only its stored entries had; parse the others.
    const read = faulty ? (parseValue(field, [item], at, []) as string[])[0] : item;
    return resolved(field, read as string, { ...step, at: at + pointer(i) }, faults, context);
  });
  if (names.includes(undefined)) return undefined;
  const result = union(field, op === "add" ? current : [], names.filter((name) => name !== null) as string[]);
  const max = field.max as number;
  if (stored || result.length <= Math.max(max, current.length)) return result;
  faults.push({ pointer: at, code: "too_many", message: `makes ${result.length} entries, more than ${max}` });
  return undefined;
}

/** Converts a value to its stored form: normalises phones and countries, and looks up references. */
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
  return found ?? missing(refers, value, at, faults);
}

/** Reports a value that names no record. */
function missing(refers: Reference, value: JsonValue, at: string, faults: Fault[]): undefined {
  faults.push({
    pointer: at,
    code: "not_found",
    message: `there is no ${words[refers]} ${JSON.stringify(value)}`,
  });
}

const words: Record<Reference, string> = {
  groupTag: "group tag",
  hierarchyLevel: "hierarchy level",
  channel: "channel",
  accessGroup: "access group",
  customer: "customer",
  user: "user",
  member: "user or user group",
};

/** The unique fields that callers write. */
const givenUnique = fieldsByTest((field) => field.unique && field.access === "write");

/** A fault for each given field whose unique value belongs to another live record. */
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
 * Makes a new record from the edits of a create request.
 *
 * @param assigned the values that Roster assigns: the id and the type's own, such as the number
 */
export function create<R extends RecordBase, C extends RuleContext>(
  fields: Fields,
  assigned: Partial<R> & { id: string },
  { edits, faults }: ParsedCreate,
  invariants: Invariants<R, C>,
  context: C,
): Outcome<R> | RosterError {
  const empty: JsonObject = {};
  for (const name of fieldsWhere(fields, isStored)) {
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
  // There is no stored value that could excuse a faulty edit.
  const sound = edits.filter(({ faulty }) => !faulty);
  const outcome = settled(edit(fields, blank, { edits: sound, faults }, invariants, context));
  if (outcome instanceof RosterError) return outcome;
  const next = { ...outcome.next, version: 1 };
  const entries = outcome.changes.filter(({ path }) => isApart(blank, segments(path)));
  return { next, changes: [...existing(fields, next), ...entries] };
}

/** The changes from nothing to a record: one for every field with a value. */
function existing(fields: Fields, record: object): Change[] {
  return loggedFields(fields).flatMap((name) => {
    const to = (record as JsonObject)[name];
    return to === null || to === undefined ? [] : [{ path: "/" + name, to }];
  });
}

/** Deletes a record softly: it keeps its history and values, and releases its unique ones. */
export function remove<R extends RecordBase>(current: R, context: RuleContext): Outcome<R> {
  return {
    next: stamped({ ...current, deletedAt: context.now }, context),
    changes: [{ path: "/deletedAt", from: null, to: context.now }],
  };
}

/** Restores a deleted record if its unique values are free and the invariants still hold. */
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

/** The fields that survive an erasure. */
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

/** Erases a record permanently. Neither the result nor the changes contain its values. */
export function erase<R extends RecordBase>(fields: Fields, current: R, context: RuleContext): Outcome<R> {
  const blank: JsonObject = {};
  for (const name of fieldsWhere(fields, isStored)) {
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
