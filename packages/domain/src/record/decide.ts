import { maxFaults, refusal, RosterError, type Fault } from "../errors.ts";
import { entryChanges } from "./apart.ts";
import { put, valueAt, type Change } from "./change.ts";
import type { FieldName } from "../record-types.ts";
import { fieldsByTest, fieldsWhere, type Fields } from "./field.ts";
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from "./json.ts";
import {
  placeOfKey,
  type Edit,
  type ExpectedVersion,
  type Key,
  type ParsedCreate,
  type ParsedRevert,
  type ParsedUpdate,
  type ParsedUpsert,
} from "./edit.ts";
import { emailKey } from "./email.ts";
import { canonicalName } from "./identifier.ts";
import { wordsOf } from "./label.ts";
import { readEdit } from "./parse.ts";
import { pointer, segments } from "./pointer.ts";
import type { RecordBase } from "./record.ts";
import { companions } from "./spelling.ts";
import type { RuleContext } from "./rule-context.ts";
import { erase, settled, type Outcome, type RecordRules } from "./update.ts";
import { versionRefusal } from "./version.ts";

/**
 * Decisions about requests. Each is a pure function of the current record, the request and the context. It
 * checks that `where` names this record, that the record is live, the version, the values and the invariants,
 * and refuses with all faults at once.
 */

/** The result of an accepted request. */
export interface Decided<R> {
  /** The record afterwards. For a dry run it is a preview that keeps the current version. */
  record: R;
  changes: Change[];
  /** Whether `record` must be stored: false for a dry run or if nothing changes. */
  applied: boolean;
}

type Named = { where: readonly Key[]; faults?: readonly Fault[] };

/** A deletion, a restoration or an erasure. A parsed update is one too. */
type Plain = Named & { dryRun?: boolean | undefined };

/**
 * Decides an update.
 *
 * @param current the record that `where` names, deleted or not; undefined if there is none
 */
export function decideUpdate<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  update: ParsedUpdate,
  context: C,
): Decided<R> | RosterError {
  const live = located(rules, current, update);
  if (live instanceof RosterError) return live;
  const edited = rules.update(live, update, context);
  const refused = versionRefusal(live, update, edited.changes, context);
  if (refused) return withFaults(refused, edited.faults);
  return decided(live, settled(edited), update.dryRun);
}

/**
 * Decides a revert: an update that sets the values of an earlier version. Values that have not changed since
 * are left alone; the others must meet today's rules.
 */
export function decideRevert<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  revert: ParsedRevert,
  context: C,
): Decided<R> | RosterError {
  const live = located(rules, current, revert);
  if (live instanceof RosterError) return live;
  const { edits, faults } =
    revert.faults.length > 0 ? revert : reverting(rules.fields, live, revert, context);
  return decideUpdate(rules, current, { ...revert, edits, faults }, context);
}

/**
 * The record that an upsert updates.
 *
 * @param found the live records that have the key
 * @returns undefined if there is none, or the refusal if there are several
 */
export function matchOf<R>(
  { type }: Pick<RecordRules<never, never>, "type">,
  found: readonly R[],
  { where, faults, at = "" }: ParsedUpsert,
): R | undefined | RosterError {
  const [first, second] = found;
  const [named] = where;
  if (second === undefined || named === undefined) return first;
  const words = named.place === undefined ? named.field : "value";
  const message = `several ${type}s have this ${words}, so it names none of them`;
  return refusal([...faults, { pointer: at + pointer(...placeOfKey(where)), code: "ambiguous", message }]);
}

/**
 * Decides an upsert: an update of the live record that has the key in `where`, or otherwise a new record that
 * gets it. A key that Roster assigns, such as the id, makes no new record.
 *
 * @param create makes the new record
 */
export function decideUpsert<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  update: ParsedUpsert,
  create: (parsed: ParsedCreate) => Outcome<R> | RosterError,
  context: C,
): (Decided<R> & { created: boolean }) | RosterError {
  const { where, edits, faults, dryRun, at = "" } = update;
  if (current?.deletedAt === null && hasKey(rules.fields, current, where)) {
    const byId: ParsedUpdate = { ...update, where: [{ field: "id", value: current.id }] };
    const outcome = decideUpdate(rules, current, byId, context);
    return outcome instanceof RosterError ? outcome : { ...outcome, created: false };
  }
  const [first] = where;
  // Without a key that a new record can have, or with an expected version, the request can only be an update.
  if (!first || rules.fields[first.field]?.access === "read" || update.expectedVersion !== undefined) {
    const found = located(rules, current, update);
    return found instanceof RosterError ? found : missing(rules.type, update);
  }
  // The first form in `where` is today's canonical form of the value.
  const found = [...faults];
  const { field, place } = first;
  const [op, value] =
    place === undefined ? (["set", first.value] as const) : (["merge", within(place, first.value)] as const);
  const named = readEdit(rules.fields, { field, op, at: at + pointer(...placeOfKey(where)) }, value, found);
  const outcome = create({ faults: found, edits: [named, ...edits.filter(({ op }) => op !== "remove")] });
  if (outcome instanceof RosterError) return outcome;
  if (!hasKey(rules.fields, outcome.next, where)) {
    // The same request would not find this record again, and would make another one.
    const lost = edits.findLast((edit) => edit.field === field)?.at ?? named.at;
    const message = "takes the key of `where` from the record that this request would create";
    return refusal([{ pointer: lost, code: "ambiguous", message }]);
  }
  return { record: outcome.next, changes: outcome.changes, applied: !dryRun, created: !dryRun };
}

/** Decides a soft deletion. */
export function decideDelete<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  request: Plain & { expectedVersion?: ExpectedVersion | undefined },
  context: C,
): Decided<R> | RosterError {
  const live = located(rules, current, request);
  if (live instanceof RosterError) return live;
  const outcome = plain(live, request, rules.delete(live, context));
  const { expectedVersion } = request;
  const refused = versionRefusal(live, { expectedVersion, onConflict: "reject", edits: [] }, [], context);
  if (!refused) return outcome;
  return outcome instanceof RosterError ? withFaults(refused, outcome.faults) : refused;
}

/** Decides a restoration of a deleted record. A live record stays as it is. */
export function decideRestore<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  request: Plain,
  context: C,
): Decided<R> | RosterError {
  const found = unerased(rules, current, request);
  return found instanceof RosterError ? found : plain(found, request, rules.restore(found, context));
}

/**
 * Decides a permanent erasure of a record, live or deleted. A live record must meet the rules for deletion.
 */
export function decideErase<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  request: Plain,
  context: C,
): Decided<R> | RosterError {
  const found = unerased(rules, current, request);
  if (found instanceof RosterError) return found;
  const deletion = found.deletedAt === null ? rules.delete(found, context) : undefined;
  const outcome = deletion instanceof RosterError ? deletion : erase(rules.fields, found, context);
  return plain(found, request, outcome);
}

/**
 * The refusal of a request whose `where` matches no record.
 *
 * @param faults further faults of the request
 */
export const notFound = (type: string, faults: readonly Fault[] = []): RosterError =>
  withFaults(new RosterError("NOT_FOUND", `there is no such ${wordsOf(type)}`), faults);

/** The refusal of a request for a deleted or erased record. */
export const deleted = (
  type: string,
  { deletedAt, ...more }: { deletedAt: string | null; erasedAt?: string | null },
  faults: readonly Fault[] = [],
): RosterError =>
  withFaults(
    new RosterError(
      "DELETED",
      more.erasedAt
        ? `the ${wordsOf(type)} was erased at ${more.erasedAt}`
        : `the ${wordsOf(type)} was deleted at ${deletedAt}${"erasedAt" in more ? "; it can be restored" : ""}`,
    ),
    faults,
  );

/**
 * Whether a record has one of the values of `where`. A deleted record no longer counts as the owner of values
 * that callers write.
 */
const isNamed = (fields: Fields, record: RecordBase, where: Named["where"]): boolean =>
  where.some(({ field, value }) => {
    const own = (record as unknown as JsonObject)[field];
    if (record.deletedAt !== null && fields[field]?.access !== "read") return false;
    if (fields[field]?.kind !== "id" || typeof own !== "string") return own === value;
    // UUIDs are compared without regard to case (RFC 9562, section 4).
    return own.toLowerCase() === String(value).toLowerCase();
  });

/** Whether a live record has one of the values of a key. An address counts wherever the record has it. */
export const hasKey = (fields: Fields, record: RecordBase, where: readonly Key[]): boolean =>
  where.some(({ field, value, place }) => {
    if (place !== undefined) {
      const own = valueAt((record as unknown as JsonObject)[field], segments(place));
      return typeof own === "string" && typeof value === "string"
        ? canonicalName(own) === canonicalName(value)
        : own === value;
    }
    return fields[field]?.kind === "email"
      ? addressesOf(fields, record).includes(emailKey(String(value)))
      : isNamed(fields, record, [{ field, value }]);
  });

/** An object with a value at a place. */
const within = (place: string, value: JsonValue): JsonValue =>
  segments(place).reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);

/** The keys of all addresses of a record, in its addresses and sets of addresses. */
function addressesOf(fields: Fields, record: object): string[] {
  const values = fieldsOfAddresses(fields).map((name) => (record as JsonObject)[name] ?? []);
  return [...new Set(values.flat().map((address) => emailKey(address as string)))];
}
const fieldsOfAddresses = fieldsByTest(({ kind, items }) => kind === "email" || items === "email");

/** The refusal of a request that finds no record. Without a usable `where`, it carries the request's faults. */
function missing(type: string, { where, faults = [] }: Named): RosterError {
  if (where.length > 0) return notFound(type, faults);
  const fault: Fault = { pointer: "/where", code: "required", message: "must name the record" };
  return refusal(faults.length > 0 ? [...faults] : [fault]);
}

/**
 * The record that a request names, deleted or not. Without a usable `where`, the refusal carries the
 * request's faults.
 */
function named<R extends RecordBase>(
  { type, fields }: RecordRules<R, never>,
  current: R | undefined,
  request: Named,
): R | RosterError {
  return current && isNamed(fields, current, request.where) ? current : missing(type, request);
}

/** The live record that a request names. */
function located<R extends RecordBase>(
  rules: RecordRules<R, never>,
  current: R | undefined,
  request: Named,
): R | RosterError {
  const found = named(rules, current, request);
  if (found instanceof RosterError || found.deletedAt === null) return found;
  return deleted(rules.type, found, request.faults);
}

/** The record that a request names, unless it has been erased. */
function unerased<R extends RecordBase & { erasedAt?: string | null }>(
  rules: RecordRules<R, never>,
  current: R | undefined,
  request: Named,
): R | RosterError {
  const found = named(rules, current, request);
  if (found instanceof RosterError || !found.erasedAt) return found;
  return deleted(rules.type, found, request.faults);
}

function decided<R extends RecordBase>(
  current: R,
  outcome: Outcome<R> | RosterError,
  dryRun = false,
): Decided<R> | RosterError {
  if (outcome instanceof RosterError) return outcome;
  const { next, changes } = outcome;
  if (!dryRun) return { record: next, changes, applied: changes.length > 0 };
  const { version, updatedAt, updatedBy } = current;
  return { record: { ...next, version, updatedAt, updatedBy }, changes, applied: false };
}

/** The decision about a request that sets no values: it is refused for its own faults, too. */
function plain<R extends RecordBase>(
  current: R,
  { faults = [], dryRun }: Plain,
  outcome: Outcome<R> | RosterError,
): Decided<R> | RosterError {
  if (faults.length === 0) return decided(current, outcome, dryRun);
  return outcome instanceof RosterError
    ? withFaults(outcome, [...faults, ...(outcome.faults ?? [])])
    : refusal([...faults]);
}

/** A copy of a refusal with further faults of the request. */
export const withFaults = (
  { code, message, conflict }: RosterError,
  faults: readonly Fault[] = [],
): RosterError =>
  new RosterError(code, message, {
    ...(conflict && { conflict }),
    ...(faults.length > 0 && { faults: faults.slice(0, maxFaults) }),
  });

/** The edits that restore the values of an earlier version. */
function reverting(
  fields: Fields,
  current: RecordBase,
  { to, path }: ParsedRevert,
  context: RuleContext,
): ParsedCreate {
  const refused = (at: string, message: string): ParsedCreate => ({
    edits: [],
    faults: [{ pointer: at, code: "not_found", message }],
  });
  if (to > current.version) {
    return refused("/to", `there is no version ${to}; the latest is ${current.version}`);
  }
  const then = (to === current.version ? current : context.asOf(current, to)) as unknown as
    | JsonObject
    | undefined;
  if (then === undefined) return refused("/to", "there is no change log to revert with");
  const now = current as unknown as JsonObject;
  const [part] = path ?? [];
  const at = path ? "/field" : "/to";
  const ofEntries = editsToEntries(
    then,
    (place) => (path ?? []).every((key, i) => segments(place)[i] === key),
    () => at,
  );
  if (part !== undefined && fields[part]?.apart) return { edits: ofEntries, faults: [] };
  const others = part === undefined ? [] : companions(fields, part);
  let goal: JsonValue | undefined = then;
  if (path) {
    goal = takenBack(now, then, path);
    if (goal === undefined)
      return refused("/field", "does not lead to a value that can be reverted to that version");
    for (const name of others) goal = put(goal, [name], then[name]);
  }
  const names =
    part === undefined
      ? fieldsWhere(fields, ({ access, apart }) => access === "write" && !apart)
      : [part, ...others];
  const { edits, faults } = editsTo(fields, now, goal as JsonObject, names, () => at);
  // All fields of a whole record share one pointer, so a fault there cannot be attributed to one value.
  return { edits: path ? edits : [...edits.filter(({ faulty }) => !faulty), ...ofEntries], faults };
}

/**
 * The edits that restore entries of sets that are kept apart.
 *
 * @param then the record of an earlier version, computed from the current one
 * @param includes whether the entry at a path is to be restored
 * @param at the JSON Pointer for a field's faults
 */
export function editsToEntries(
  then: object,
  includes: (path: string) => boolean,
  at: (field: string) => string,
): Edit[] {
  const edits = new Map<string, Edit & { value: string[] }>();
  for (const { path, to } of entryChanges(then)) {
    if (!includes(path)) continue;
    const [field, entry] = segments(path) as [FieldName, string];
    const op = to === undefined ? "remove" : "add";
    const edit = edits.get(op + field);
    if (edit) edit.value.push(entry);
    // A record that has been deleted since stays out.
    else edits.set(op + field, { field, op, value: [entry], at: at(field), stored: true, passing: true });
  }
  return [...edits.values()];
}

/**
 * The edits that give a record earlier values, and the faults of values that can no longer be stored.
 *
 * @param names the fields to compare
 * @param at the JSON Pointer for a field's faults
 */
export function editsTo(
  fields: Fields,
  now: JsonObject,
  goal: JsonObject,
  names: readonly string[],
  at: (field: string) => string,
): ParsedCreate {
  const faults: Fault[] = [];
  const edits = names
    .filter((name) => !jsonEqual(now[name], goal[name]))
    .map((field): Edit => {
      const value = goal[field] ?? null;
      const edit = { field: field as FieldName, op: "set", at: at(field) } as const;
      // Logged JSON was valid when it was stored, so its parts are not checked again; only the whole is.
      if (fields[field]?.kind === "json") return { ...edit, value };
      return { ...readEdit(fields, edit, value, faults), stored: true };
    });
  return { edits, faults };
}

/**
 * The record with the part at a path as it was before. Missing parent objects are created with that part
 * alone, a key that did not exist is removed, and other array elements stay.
 *
 * @returns undefined if the path does not exist
 */
export function takenBack(now: JsonObject, then: JsonObject, path: readonly string[]): JsonValue | undefined {
  const part = valueAt(then, path);
  if (part === undefined) return valueAt(now, path) === undefined ? undefined : put(now, path, undefined);
  let result: JsonValue | undefined = now;
  for (let length = 1; length < path.length; length++) {
    const way = path.slice(0, length);
    const there = valueAt(result, way);
    const isGone = there === undefined || (there === null && length === 1);
    if (isGone && isJsonObject(valueAt(then, way))) result = put(result, way, {});
  }
  return put(result, path, part);
}
