import { segments, nearestName, pointer, type Field, type Fields } from "@roster/domain";

/** How the cells of a column are read if the column belongs to a key of a JSON field. */
export const valueTypes = ["text", "number", "boolean", "json"] as const;
export type ValueType = (typeof valueTypes)[number];

/** Where a value goes: to a field, or to a key within a JSON field. */
export interface Target {
  field: string;
  policy: Field;
  /** The keys that lead to the value within a JSON field; empty for the field itself. */
  path: readonly string[];
  /** The operation of a value: it sets the field, or it is added to or removed from a set. */
  op: "set" | "add" | "remove";
  /** The type of a value within a JSON field; undefined if the target does not give one. */
  type: ValueType | undefined;
}

/**
 * Parses the target of a value.
 *
 * - `name`: a field
 * - `properties.plan`: a key of a JSON field, at any depth; or the JSON Pointer `/properties/plan`, whose keys
 *   may contain dots
 * - `properties.seats:number`: the same, and how it is read: `text`, `number`, `boolean` or `json`
 * - `emails+`, `emails-`: adds to a set, or removes from it
 *
 * @returns the target, or the reason why there is none
 */
export function parseTarget(fields: Fields, text: string): Target | string {
  const [, place = "", sign, type] = /^(.*?)([+-])?(?::(\w+))?$/s.exec(text) ?? [];
  const [field = "", ...path] = place.startsWith("/") ? segments(place) : place.split(".");
  const policy = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!policy || policy.secret) {
    const near = nearestName(Object.keys(fields))(field);
    return (
      `there is no field ${JSON.stringify(field)}` + (near === undefined ? "" : `; did you mean ${near}?`)
    );
  }
  if (path.length > 0 && policy.kind !== "json") return `${field} has no keys`;
  if (sign !== undefined && policy.kind !== "set") return `${field} is not a set`;
  if (type !== undefined && !isValueType(type)) return `${type} is not one of ${valueTypes.join(", ")}`;
  if (type !== undefined && path.length === 0) return `the type of ${field} is fixed`;
  const op = sign === "+" ? "add" : sign === "-" ? "remove" : "set";
  return { field, policy, path, op, type };
}

const isValueType = (text: string): text is ValueType => (valueTypes as readonly string[]).includes(text);

/** A target as it is written: with dots if its keys have none. */
export function writeTarget({ field, path, op, type }: Target): string {
  const place = path.some((key) => key === "" || /[.+\-:/~]/.test(key))
    ? pointer(field, ...path)
    : [field, ...path].join(".");
  return place + (op === "set" ? "" : op === "add" ? "+" : "-") + (type === undefined ? "" : `:${type}`);
}
