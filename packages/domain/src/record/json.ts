import type { Fault } from "../errors.ts";
import { pointer } from "./pointer.ts";

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Limits of one JSON field. `bytes` counts UTF-16 code units of its JSON text. */
export const jsonLimits = { depth: 32, keys: 1_000, bytes: 65_536 } as const;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value is a plain object, from any realm: no Date, Map or class instance. */
export function isPlainObject(value: unknown): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Deep equality of JSON values, without regard to key order. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]))
  );
}

/**
 * Sets an own property under any key. Assigning to `__proto__` would change the object's prototype instead.
 */
export function setOwn(target: JsonObject, key: string, value: JsonValue): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/**
 * Copies a value that should be JSON, so that the caller's object is never shared. Reports anything that is
 * not JSON or exceeds the limits, and the key `__proto__`, which readers of the record could not handle
 * safely.
 *
 * @param at pointer to the value in the request
 * @param faults receives the faults
 * @returns the copy, without the faulty parts
 */
export function copyJson(value: unknown, at: string, faults: Fault[]): JsonValue {
  let entries = 0;
  let tooDeep = false;

  const copy = (item: unknown, path: string, depth: number): JsonValue => {
    if (depth > jsonLimits.depth) {
      if (!tooDeep) {
        faults.push({
          pointer: path,
          code: "too_deep",
          message: `nested deeper than ${jsonLimits.depth} levels`,
        });
      }
      tooDeep = true;
      return null;
    }
    switch (typeof item) {
      case "string":
        checkText(item, path, faults);
        return item;
      case "boolean":
        return item;
      case "number":
        if (Number.isFinite(item)) return item === 0 ? 0 : item;
        break;
      case "object": {
        if (item === null) return null;
        if (Array.isArray(item)) {
          entries += item.length;
          // `map` would skip the holes of a sparse array.
          return Array.from(item, (element, i) => copy(element, path + pointer(i), depth + 1));
        }
        if (!isPlainObject(item)) break;
        const result: JsonObject = {};
        for (const [key, child] of Object.entries(item)) {
          if (child === undefined) continue;
          entries++;
          const childPath = path + pointer(key);
          if (key === "__proto__") {
            faults.push({ pointer: childPath, code: "forbidden_key", message: "this key is not allowed" });
            continue;
          }
          checkText(key, childPath, faults);
          result[key] = copy(child, childPath, depth + 1);
        }
        return result;
      }
    }
    faults.push({ pointer: path, code: "invalid_type", message: "is not a JSON value" });
    return null;
  };

  const result = copy(value, at, 1);
  if (entries > jsonLimits.keys) {
    faults.push(tooMany(entries, at));
  } else if (!tooDeep) {
    checkLength(result, at, faults);
  }
  return result;
}

/**
 * Reports a JSON value with too many keys and elements, or with too long a text.
 *
 * @param stored the current value; if it already exceeds a limit, the new one may too, but must not be larger
 */
export function checkSize(value: JsonValue, at: string, faults: Fault[], stored: JsonValue = null): void {
  const entries = count(value);
  if (entries > Math.max(jsonLimits.keys, count(stored))) faults.push(tooMany(entries, at));
  else checkLength(value, at, faults, stored);
}

/** The number of keys and elements in a JSON value, at any depth. */
function count(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Array.isArray(value) ? value : Object.values(value);
  return children.reduce<number>((sum, child) => sum + count(child), children.length);
}

const tooMany = (entries: number, at: string): Fault => ({
  pointer: at,
  code: "too_many",
  message: `has ${entries} keys and elements, more than ${jsonLimits.keys}`,
});

function checkLength(value: JsonValue, at: string, faults: Fault[], stored: JsonValue = null): void {
  const { length } = JSON.stringify(value);
  if (length > jsonLimits.bytes && length > JSON.stringify(stored).length) {
    faults.push({
      pointer: at,
      code: "too_large",
      message: `is ${length} characters of JSON, more than ${jsonLimits.bytes}`,
    });
  }
}

/** Reports text that databases cannot store unchanged: NUL and unpaired surrogates. */
export function checkText(text: string, at: string, faults: Fault[]): void {
  if (text.includes("\u0000")) {
    faults.push({ pointer: at, code: "invalid_format", message: "contains the character U+0000" });
  } else if (!isWellFormed(text)) {
    faults.push({ pointer: at, code: "invalid_format", message: "contains half of a surrogate pair" });
  }
}

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
export const isWellFormed = (text: string): boolean => !loneSurrogate.test(text);
