import { isJsonObject, jsonEqual, setOwn, type JsonObject, type JsonValue } from "./json.ts";

/**
 * JSON Merge Patch (RFC 7396, section 2). Neither argument is changed; the result shares what the
 * patch did not touch.
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
 * Whether a merge patch leaves a value as it is. It looks no deeper than the value goes, so that a
 * patch of any depth is safe to ask about.
 */
export function isMerged(target: JsonValue | undefined, patch: JsonValue): boolean {
  if (!isJsonObject(patch) || !isJsonObject(target)) return jsonEqual(target, patch);
  return Object.keys(patch).every((key) => {
    const value = patch[key] as JsonValue;
    if (value === null) return !Object.hasOwn(target, key);
    return Object.hasOwn(target, key) && isMerged(target[key], value);
  });
}
