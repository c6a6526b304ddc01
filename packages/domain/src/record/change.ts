import type { Fields } from "./field.ts";
import { isJsonObject, jsonEqual, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { pointer, segments } from "./pointer.ts";

/**
 * One changed value of a record. `path` is a JSON Pointer into the record. A missing `from` says
 * that there was no such key before, a missing `to` that there is none after.
 */
export interface Change {
  path: string;
  from?: JsonValue;
  to?: JsonValue;
}

/**
 * The changes that lead from one record to another, in the order of `names`. JSON objects
 * are compared key by key; everything else, arrays too, is one value.
 *
 * @param names the fields to compare
 */
export function diff(before: object, after: object, names: Iterable<string>): Change[] {
  const changes: Change[] = [];
  for (const name of names) {
    compare((before as JsonObject)[name], (after as JsonObject)[name], "/" + name, changes);
  }
  return changes;
}

function compare(
  from: JsonValue | undefined,
  to: JsonValue | undefined,
  path: string,
  changes: Change[],
): void {
  if (from === to) return;
  if (isJsonObject(from) && isJsonObject(to)) {
    for (const key of Object.keys(from)) {
      compare(from[key], Object.hasOwn(to, key) ? to[key] : undefined, path + pointer(key), changes);
    }
    for (const key of Object.keys(to)) {
      if (!Object.hasOwn(from, key)) compare(undefined, to[key], path + pointer(key), changes);
    }
  } else if (!jsonEqual(from, to)) {
    changes.push({ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
  }
}

/**
 * The record with changes made: `apply(a, diff(a, b))` equals `b`. The record itself stays.
 * @throws Error when a path leads nowhere: the changes are not of this record
 */
export function apply<R extends object>(record: R, changes: readonly Change[]): R {
  let result = record as unknown as JsonValue;
  for (const { path, to } of changes) {
    const changed = put(result, segments(path), to);
    if (changed === undefined) throw new Error(`the change does not fit the record: ${path}`);
    result = changed;
  }
  return result as unknown as R;
}

const arrayIndex = /^(?:0|[1-9]\d*)$/;

/** The value at a path of a JSON value, or undefined where there is none (RFC 6901, section 4). */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let part = value;
  for (const key of path) {
    if (Array.isArray(part)) part = arrayIndex.test(key) ? part[Number(key)] : undefined;
    else part = isJsonObject(part) && Object.hasOwn(part, key) ? part[key] : undefined;
  }
  return part;
}

/**
 * A copy of a JSON value in which the value at a path is another one or, where that is undefined,
 * gone. Of an array, an element can be replaced, or the next one added; none can go.
 *
 * @returns undefined where the path leads nowhere
 */
export function put(
  target: JsonValue | undefined,
  [key, ...rest]: readonly string[],
  value: JsonValue | undefined,
): JsonValue | undefined {
  if (key === undefined) return value;
  if (Array.isArray(target)) {
    if (!arrayIndex.test(key) || Number(key) > target.length) return undefined;
    const element = put(target[Number(key)], rest, value);
    return element === undefined ? undefined : target.toSpliced(Number(key), 1, element);
  }
  if (!isJsonObject(target)) return undefined;
  const result: JsonObject = {};
  for (const name of Object.keys(target)) setOwn(result, name, target[name] as JsonValue);
  const child = put(Object.hasOwn(result, key) ? result[key] : undefined, rest, value);
  if (child !== undefined) setOwn(result, key, child);
  else if (rest.length > 0) return undefined;
  else delete result[key];
  return result;
}

/** The changes that undo these. */
export function inverse(changes: readonly Change[]): Change[] {
  return changes.toReversed().map(({ path, from, to }) => ({
    path,
    ...(to !== undefined && { from: to }),
    ...(from !== undefined && { to: from }),
  }));
}

/** Fields that the log row itself carries, or that never leave the store. */
const implied = new Set(["id", "version", "createdAt", "updatedAt", "createdBy", "updatedBy"]);

/** The fields of a record type whose changes the log keeps. */
export const loggedFields = (fields: Fields): string[] =>
  Object.keys(fields).filter(
    (name) => !implied.has(name) && !fields[name]?.computed && !fields[name]?.secret,
  );
