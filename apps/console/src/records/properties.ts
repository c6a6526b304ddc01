import { isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";

/** A copy with the value at a path set or, if undefined, removed, together with objects that it leaves empty. */
export function put(
  value: JsonObject,
  [key = "", ...rest]: readonly string[],
  to: JsonValue | undefined,
): JsonObject {
  const inner = value[key];
  const next = rest.length === 0 ? to : put(isJsonObject(inner) ? inner : {}, rest, to);
  const isGone =
    next === undefined || (to === undefined && isJsonObject(next) && Object.keys(next).length === 0);
  const others = Object.entries(value).filter(([name]) => name !== key);
  if (isGone) return Object.fromEntries(others);
  return Object.hasOwn(value, key)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, name === key ? next : one]))
    : Object.fromEntries([...others, [key, next]]);
}

/** The part of a schema for a place. */
export function schemaAt(schema: JsonObject | null, path: readonly string[]): JsonObject | undefined {
  let at: JsonObject | undefined = schema ?? undefined;
  for (const key of path) {
    const inner: JsonValue | undefined = at?.["properties"];
    const next: JsonValue | undefined = isJsonObject(inner) ? inner[key] : undefined;
    at = isJsonObject(next) ? next : undefined;
  }
  return at;
}

/** A typed text as a value of the type that the schema or the value before asks for. */
export function readTyped(text: string, before: JsonValue, schema: JsonObject | undefined): JsonValue {
  const type = schema?.["type"];
  const wantsNumber =
    type === "number" || type === "integer" || (type === undefined && typeof before === "number");
  const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text);
  if (wantsNumber && isNumber) return Number(text);
  if (type === undefined && typeof before !== "string") {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      return text;
    }
  }
  return text;
}

/** The values that a schema leaves to choose from, if they are few. */
export function choicesOf(schema: JsonObject | undefined): readonly JsonValue[] | undefined {
  if (Array.isArray(schema?.["enum"])) return schema["enum"];
  return schema?.["type"] === "boolean" ? [true, false] : undefined;
}

/** The places that a schema names, as dotted paths, outer ones before those within. */
export function pathsOf(schema: JsonObject | null, outer: readonly string[] = []): string[] {
  const inner = schema?.["properties"];
  if (!isJsonObject(inner)) return [];
  return Object.entries(inner).flatMap(([key, one]) => {
    const path = [...outer, key];
    return [path.join("."), ...(isJsonObject(one) ? pathsOf(one, path) : [])];
  });
}
