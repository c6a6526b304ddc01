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

/** The record with changes made: `apply(a, diff(a, b))` equals `b`. The record itself stays. */
export function apply<R extends object>(record: R, changes: readonly Change[]): R {
  let result = record as unknown as JsonObject;
  for (const change of changes) result = put(result, segments(change.path), change.to);
  return result as unknown as R;
}

/** An object in which the value at a path is another one or, where that is undefined, gone. The object itself stays. */
export function put(
  target: JsonObject,
  [key = "", ...rest]: readonly string[],
  value: JsonValue | undefined,
): JsonObject {
  const result: JsonObject = {};
  for (const name of Object.keys(target)) setOwn(result, name, target[name] as JsonValue);
  if (rest.length > 0) {
    const child = Object.hasOwn(result, key) ? result[key] : undefined;
    setOwn(result, key, put(isJsonObject(child) ? child : {}, rest, value));
  } else if (value === undefined) {
    delete result[key];
  } else {
    setOwn(result, key, value);
  }
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
