import { maxFaults, refusal, RosterError, type Fault } from "../errors.ts";
import { put, valueAt, type Change } from "./change.ts";
import type { FieldName } from "../record-types.ts";
import { fieldsWhere, type Fields } from "./field.ts";
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from "./json.ts";
import { readEdit, type Edit, type ParsedCreate, type ParsedRevert, type ParsedUpdate } from "./parse.ts";
import { pointer } from "./pointer.ts";
import type { RecordBase } from "./record.ts";
import { companions } from "./spelling.ts";
import { erase, settled, type Outcome, type RecordRules, type RuleContext } from "./update.ts";
import { versionRefusal, type ExpectedVersion } from "./version.ts";

/**
 * Decisions about requests: pure functions of the record that a request names, the request and the
 * context. They check that it is this record and that it is live, the version, the values and the
 * invariants, and refuse with all faults.
 */

/** The result of a request that is not refused. */
export interface Decided<R> {
  /** The record afterwards. Of a dry run it is a preview, under the version that the record has. */
  record: R;
  changes: Change[];
  /** Whether `record` must be stored: false for a dry run, and where nothing changes. */
  applied: boolean;
}

type Named = Pick<ParsedUpdate, "where"> & Partial<Pick<ParsedUpdate, "faults">>;

/** Decides an update. @param current the record that `where` names, deleted or not; undefined for none */
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
 * Decides a revert: an update that sets the values of a version again. Values that are the same now
 * are left alone; the others must keep the rules of today.
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
 * Decides an upsert: an update of the live record that `where` names, or else a new record, which
 * gets the value that it was looked for by.
 *
 * @param create makes the new record
 */
export function decideUpsert<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  update: ParsedUpdate,
  create: (parsed: ParsedCreate) => Outcome<R> | RosterError,
  context: C,
): (Decided<R> & { created: boolean }) | RosterError {
  const { where, edits, faults, dryRun } = update;
  const exists = current?.deletedAt === null && isNamed(rules.fields, current, where);
  // Without a usable `where`, or of a version that a new record cannot have, it is only an update.
  if (exists || where.length === 0 || update.expectedVersion !== undefined) {
    const outcome = decideUpdate(rules, exists ? current : undefined, update, context);
    return outcome instanceof RosterError ? outcome : { ...outcome, created: false };
  }
  // Of the forms of the value that it was looked for by, the first is the one of today.
  const found = [...faults];
  const named = where
    .slice(0, 1)
    .map(({ field, value }) =>
      readEdit(rules.fields, { field, op: "set", at: pointer("where", field) }, value, found),
    );
  const outcome = create({ faults: found, edits: [...named, ...edits.filter(({ op }) => op !== "remove")] });
  if (outcome instanceof RosterError) return outcome;
  return { record: outcome.next, changes: outcome.changes, applied: !dryRun, created: !dryRun };
}

/** Decides a soft deletion. */
export function decideDelete<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  { where, expectedVersion }: Pick<ParsedUpdate, "where"> & { expectedVersion?: ExpectedVersion | undefined },
  context: C,
): Decided<R> | RosterError {
  const live = located(rules, current, { where });
  if (live instanceof RosterError) return live;
  const outcome = decided(live, rules.delete(live, context));
  const refused = versionRefusal(live, { expectedVersion, onConflict: "reject", edits: [] }, [], context);
  if (!refused) return outcome;
  return outcome instanceof RosterError ? withFaults(refused, outcome.faults) : refused;
}

/** Decides to bring a deleted record back. A live one stays as it is. */
export function decideRestore<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  named: Named,
  context: C,
): Decided<R> | RosterError {
  const found = unerased(rules, current, named);
  return found instanceof RosterError ? found : decided(found, rules.restore(found, context));
}

/** Decides to erase a record for good, deleted or not. A live one must be such that it can be deleted. */
export function decideErase<R extends RecordBase, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R | undefined,
  named: Named,
  context: C,
): Decided<R> | RosterError {
  const found = unerased(rules, current, named);
  if (found instanceof RosterError) return found;
  const deletion = found.deletedAt === null ? rules.delete(found, context) : undefined;
  return deletion instanceof RosterError ? deletion : decided(found, erase(rules.fields, found, context));
}

/** The refusal of a request that names no record. @param faults what is wrong with it besides */
export const notFound = (type: string, faults: readonly Fault[] = []): RosterError =>
  withFaults(new RosterError("NOT_FOUND", `there is no such ${type}`), faults);

/** The refusal to work with a record that is deleted, or gone for good. */
export const deleted = (
  type: string,
  { deletedAt, ...more }: { deletedAt: string | null; erasedAt?: string | null },
  faults: readonly Fault[] = [],
): RosterError =>
  withFaults(
    new RosterError(
      "DELETED",
      more.erasedAt
        ? `the ${type} was erased at ${more.erasedAt}`
        : `the ${type} was deleted at ${deletedAt}; it can be restored`,
    ),
    faults,
  );

/** Whether a record has one of the values of `where`. A deleted one has given up those that callers write. */
const isNamed = (fields: Fields, record: RecordBase, where: Named["where"]): boolean =>
  where.some(({ field, value }) => {
    const own = (record as unknown as JsonObject)[field];
    if (record.deletedAt !== null && fields[field]?.access !== "read") return false;
    if (fields[field]?.kind !== "id" || typeof own !== "string") return own === value;
    // A UUID is the same in capitals (RFC 9562, section 4).
    return own.toLowerCase() === String(value).toLowerCase();
  });

/** The record that a request names, deleted or not. Without a usable `where`, the faults say why. */
function named<R extends RecordBase>(
  { type, fields }: RecordRules<R, never>,
  current: R | undefined,
  { where, faults = [] }: Named,
): R | RosterError {
  if (where.length === 0) {
    const missing: Fault = { pointer: "/where", code: "required", message: "must name the record" };
    return refusal(faults.length > 0 ? [...faults] : [missing]);
  }
  return current && isNamed(fields, current, where) ? current : notFound(type, faults);
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

/** The record that a request names, if anything is left of it. */
function unerased<R extends RecordBase & { erasedAt?: string | null }>(
  rules: RecordRules<R, never>,
  current: R | undefined,
  request: Named,
): R | RosterError {
  const found = named(rules, current, request);
  if (found instanceof RosterError || !found.erasedAt) return found;
  return deleted(rules.type, found);
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

/** A refusal that also tells what else is wrong with the request. */
export const withFaults = (
  { code, message, conflict }: RosterError,
  faults: readonly Fault[] = [],
): RosterError =>
  new RosterError(code, message, {
    ...(conflict && { conflict }),
    ...(faults.length > 0 && { faults: faults.slice(0, maxFaults) }),
  });

/** The edits that bring values back to what they were in a version. */
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
  if (then === undefined) return refused("/to", "there is no log to go back by");
  const now = current as unknown as JsonObject;
  const [part] = path ?? [];
  const others = part === undefined ? [] : companions(fields, part);
  let goal: JsonValue | undefined = then;
  if (path) {
    goal = takenBack(now, then, path);
    if (goal === undefined)
      return refused("/field", "leads to nothing that can be taken back to that version");
    for (const name of others) goal = put(goal, [name], then[name]);
  }
  const faults: Fault[] = [];
  const edits = (
    part === undefined ? fieldsWhere(fields, ({ access }) => access === "write") : [part, ...others]
  )
    .filter((name) => !jsonEqual(now[name], (goal as JsonObject)[name]))
    .map((field): Edit => {
      const value = (goal as JsonObject)[field] ?? null;
      const at = path ? "/field" : "/to";
      const edit = { field: field as FieldName, op: "set", at } as const;
      // JSON of the log is JSON; the parts that stay are not checked, only what the whole comes to.
      if (fields[field]?.kind === "json") return { ...edit, value };
      return { ...readEdit(fields, edit, value, faults), stored: true };
    });
  // All fields of a whole record stand at one place, so that no fault there can be told to be of one value.
  return { edits: path ? edits : edits.filter(({ faulty }) => !faulty), faults };
}

/**
 * The record with the part at a path as it was. Objects on the way that are gone come back with
 * that part alone; a key that was not there then goes; an array keeps its other elements.
 *
 * @returns undefined where the path leads nowhere
 */
function takenBack(now: JsonObject, then: JsonObject, path: readonly string[]): JsonValue | undefined {
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
