import {
  diff,
  isJsonObject,
  jsonEqual,
  type Change,
  type Fields,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import type { AnyRecord, Edits } from "./kind.ts";

/** The fields that callers write. */
const writable = (fields: Fields): string[] =>
  Object.keys(fields).filter((name) => fields[name]?.access !== "read" && !fields[name]?.secret);

/** The changes of the writable fields from one state of a record to another. */
export const changesBetween = (fields: Fields, before: AnyRecord, after: AnyRecord): Change[] =>
  diff(before, after, writable(fields));

/**
 * The update that makes one state of a record into another. Sets are edited by entry and JSON by key, so that
 * as little as possible meets the changes of others.
 */
export function editsBetween(fields: Fields, before: AnyRecord, after: AnyRecord): Edits {
  const patch: Record<string, JsonValue> = {};
  const replace: Record<string, JsonValue> = {};
  const add: Record<string, string[]> = {};
  const remove: Record<string, string[]> = {};
  const changed = writable(fields).filter(
    (name) => after[name] !== undefined && !jsonEqual(before[name], after[name]),
  );
  for (const name of withoutSpelt(fields, changed, after)) {
    const [from, to] = [before[name], after[name] as JsonValue];
    if (Array.isArray(from) && Array.isArray(to)) {
      const [old, now] = [from as string[], to as string[]];
      const added = now.filter((entry) => !old.includes(entry));
      const removed = old.filter((entry) => !now.includes(entry));
      if (added.length > 0) add[name] = added;
      if (removed.length > 0) remove[name] = removed;
    } else if (isJsonObject(to)) {
      const merge = isJsonObject(from) ? mergeOf(from, to) : undefined;
      if (merge) patch[name] = merge;
      else replace[name] = to;
    } else patch[name] = to;
  }
  return {
    ...(Object.keys(patch).length > 0 && { patch }),
    ...(Object.keys(replace).length > 0 && { replace }),
    ...(Object.keys(add).length > 0 && { add }),
    ...(Object.keys(remove).length > 0 && { remove }),
  };
}

/**
 * Drops one of a value and the text that spells it if both changed: the text decides the value, and the value
 * alone clears the text.
 */
function withoutSpelt(fields: Fields, changed: readonly string[], after: AnyRecord): string[] {
  const dropped = new Set<string>();
  for (const name of changed) {
    const spelt = fields[name]?.spells;
    if (spelt !== undefined && changed.includes(spelt)) dropped.add(after[name] === null ? name : spelt);
  }
  return changed.filter((name) => !dropped.has(name));
}

/** The merge patch from one object to another (RFC 7396); undefined if none can express it. */
function mergeOf(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (before !== undefined && jsonEqual(before, value)) continue;
    if (isJsonObject(before) && isJsonObject(value)) {
      const inner = mergeOf(before, value);
      if (!inner) return undefined;
      patch[key] = inner;
    } else if (hasNull(value)) return undefined;
    else patch[key] = value;
  }
  return patch;
}

/** In a merge patch, null removes. */
export const hasNull = (value: JsonValue): boolean =>
  value === null || (isJsonObject(value) && Object.values(value).some(hasNull));
