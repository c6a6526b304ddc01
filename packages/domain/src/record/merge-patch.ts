import { isJsonObject, jsonEqual, setOwn, type JsonObject, type JsonValue } from "./json.ts";

/**
 * Applies a JSON Merge Patch (RFC 7396, section 2). Neither argument is changed; the result shares the
 * unpatched parts.
 */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = {};
  if (isJsonObject(target)) {
    for (const key of Object.keys(target)) setOwn(result, key, target[key] as JsonValue);
  }
  for (const key of Object.keys(patch)) {
    const value = patch[key] as JsonValue;
    if (value === null) {
      delete result[key];
    } else {
      setOwn(result, key, mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
    }
  }
  return result;
}

/**
 * Whether a merge patch leaves a value unchanged. It descends no deeper than the value, so a patch of any
 * depth is safe.
 */
export function isMerged(target: JsonValue | undefined, patch: JsonValue): boolean {
  if (!isJsonObject(patch) || !isJsonObject(target)) return jsonEqual(target, patch);
  return Object.keys(patch).every((key) => {
    const value = patch[key] as JsonValue;
    if (value === null) return !Object.hasOwn(target, key);
    return Object.hasOwn(target, key) && isMerged(target[key], value);
  });
}
