import { isStored, type Field, type Fields } from "./field.ts";
import { isJsonObject, jsonEqual, setOwn, type JsonObject, type JsonValue } from "./json.ts";
import { pointer, segments } from "./pointer.ts";

/**
 * One changed value of a record. `path` is a JSON Pointer into the record. If `from` is missing, the key did
 * not exist before; if `to` is missing, it does not exist after.
 */
export interface Change {
  path: string;
  from?: JsonValue;
  to?: JsonValue;
}

/**
 * The changes from one record to another, in the order of `names`. JSON objects are compared key by key; any
 * other value, including an array, is compared as a whole.
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
 * Applies changes to a copy of a record: `apply(a, diff(a, b))` equals `b`. Changes of a set that is kept apart
 * are left out, because the record does not contain it.
 * @throws Error if a path does not exist in the record
 */
export function apply<R extends object>(record: R, changes: readonly Change[]): R {
  let result = record as unknown as JsonValue;
  for (const { path, to } of changes) {
    const place = segments(path);
    if (isApart(result as object, place)) continue;
    const changed = put(result, place, to);
    if (changed === undefined) throw new Error(`the change does not fit the record: ${path}`);
    result = changed;
  }
  return result as unknown as R;
}

/** Whether a path leads to an entry of a set that is kept apart from the record. */
export const isApart = (record: object, [field = "", ...entry]: readonly string[]): boolean =>
  entry.length > 0 && !Object.hasOwn(record, field);

const arrayIndex = /^(?:0|[1-9]\d*)$/;

/** The value at a path in a JSON value, or undefined if there is none (RFC 6901, section 4). */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let part = value;
  for (const key of path) {
    if (Array.isArray(part)) part = arrayIndex.test(key) ? part[Number(key)] : undefined;
    else part = isJsonObject(part) && Object.hasOwn(part, key) ? part[key] : undefined;
  }
  return part;
}

/**
 * Copies a JSON value with the value at a path replaced, or removed if `value` is undefined. An array element
 * can be replaced or appended, but not removed.
 *
 * @returns the copy, or undefined if the path does not exist
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

/** The changes that undo the given ones. */
export function inverse(changes: readonly Change[]): Change[] {
  return changes.toReversed().map(({ path, from, to }) => ({
    path,
    ...(to !== undefined && { from: to }),
    ...(from !== undefined && { to: from }),
  }));
}

/** Fields that each log row carries itself. */
const implied = new Set(["id", "version", "createdAt", "updatedAt", "createdBy", "updatedBy"]);

/** The fields of a record type whose changes are logged. */
export const loggedFields = (fields: Fields): string[] =>
  Object.keys(fields).filter(
    (name) => !implied.has(name) && isStored(fields[name] as Field) && !fields[name]?.secret,
  );
