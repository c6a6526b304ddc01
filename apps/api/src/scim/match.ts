import { caseFolded, isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";
import { booleanOf, comparedAttribute, instantOf, type Filter } from "./filter.ts";
import type { Path } from "./path.ts";

/** Whether a resource, or an element of one, fits a filter. Names are canonical in both. */
export function fits(filter: Filter, resource: JsonObject): boolean {
  switch (filter.op) {
    case "and":
      return fits(filter.left, resource) && fits(filter.right, resource);
    case "or":
      return fits(filter.left, resource) || fits(filter.right, resource);
    case "not":
      return !fits(filter.filter, resource);
    case "pr":
      return valuesAt(resource, filter.path, false).some(isPresent);
    case "element":
      return elementsAt(resource, filter.path).some((element) => fits(filter.filter, element));
    case "ne":
      return !compares({ ...filter, op: "eq" }, resource);
    default:
      return compares(filter, resource);
  }
}

function compares({ op, path, value }: Extract<Filter, { value: JsonValue }>, resource: JsonObject): boolean {
  const values = valuesAt(resource, path, true);
  if (value === null) return !values.some(isPresent);
  const attribute = comparedAttribute(path);
  const key = keyOf(attribute?.type, attribute?.caseExact ?? false);
  const wanted = key(value);
  return values.some((one) => {
    const own = key(one);
    if (op === "eq") return own === wanted;
    if (typeof own === "string" && typeof wanted === "string") {
      if (op === "co") return own.includes(wanted);
      if (op === "sw") return own.startsWith(wanted);
      if (op === "ew") return own.endsWith(wanted);
    }
    if (typeof own !== typeof wanted || typeof own === "boolean" || own === undefined) return false;
    const order = own < (wanted as typeof own) ? -1 : own > (wanted as typeof own) ? 1 : 0;
    return { gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0 }[op as "gt"] ?? false;
  });
}

/** The form in which values of an attribute are compared and sorted. */
export const keyOf =
  (type: string | undefined, caseExact: boolean) =>
  (value: JsonValue | undefined): string | number | boolean | undefined => {
    if (value === undefined || value === null || typeof value === "object") return undefined;
    if (type === "boolean") return booleanOf(value);
    if (type === "dateTime") {
      const instant = instantOf(value);
      return Number.isNaN(instant) ? String(value) : instant;
    }
    // Some clients write texts without quotes.
    const written = type === "string" ? String(value) : value;
    return typeof written === "string" && !caseExact ? caseFolded(written) : written;
  };

const isPresent = (value: JsonValue): boolean =>
  value !== null &&
  value !== "" &&
  !(Array.isArray(value) && value.length === 0) &&
  !(isJsonObject(value) && Object.keys(value).length === 0);

/**
 * The values at a path.
 * @param plain whether a complex value stands for its `value`
 */
export function valuesAt(resource: JsonObject, { urn, name, sub }: Path, plain: boolean): JsonValue[] {
  const owner = urn === undefined ? resource : resource[urn];
  if (name === undefined) return owner === undefined ? [] : [owner];
  if (!isJsonObject(owner) || !Object.hasOwn(owner, name)) return [];
  const values: JsonValue[] = [owner[name] as JsonValue].flat();
  const part = sub ?? (plain ? "value" : undefined);
  if (part === undefined) return values;
  return values.flatMap((value) => {
    if (!isJsonObject(value)) return sub === undefined ? [value] : [];
    const found = Object.keys(value).find((key) => key.toLowerCase() === part.toLowerCase());
    return found === undefined ? [] : [value[found] as JsonValue];
  });
}

/** The complex values at a path. */
const elementsAt = (resource: JsonObject, path: Path): JsonObject[] =>
  valuesAt(resource, path, false).flatMap((value) => (isJsonObject(value) ? [value] : [{ value }]));
