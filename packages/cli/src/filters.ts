import {
  customerListSchema,
  findables,
  nearestName,
  operatorsOf,
  parseBySchema,
  pointer,
  segments,
  userGroupListSchema,
  userListSchema,
  type Field,
  type FoundType,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import { readValue } from "./read-value.ts";
import { UsageError } from "./usage-error.ts";

const operators = { ">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "^=": "startsWith" } as const;
const schemas = { customer: customerListSchema, user: userListSchema, userGroup: userGroupListSchema };

/**
 * Reads conditions as a filter of a list. All must hold.
 *
 * - `addressCity=Lyon`, `properties.plan=pro`: equals; of a set: contains
 * - `gender=male;female`: one of these
 * - `phone=null`, `phone=*`: has no value, has one
 * - `dateOfBirth>=1980-01-01`, also `<=`, `>`, `<`: ranges of numbers, dates and instants
 * - `lastName^=Lov`: begins with
 *
 * @throws UsageError with everything that is wrong
 */
export function parseFilters(type: FoundType, words: readonly string[]): JsonObject {
  const problems: string[] = [];
  const filter: Record<string, JsonObject> = {};
  const properties: Record<string, JsonObject> = {};
  for (const word of words) {
    const [, place = "", operator, text = ""] = /^([^=<>^]+)(>=|<=|\^=|>|<|=)(.*)$/s.exec(word) ?? [];
    if (operator === undefined) {
      problems.push(`${word}: is not a condition such as addressCity=Lyon`);
      continue;
    }
    const [name = "", ...path] = place.startsWith("/") ? segments(place) : place.split(".");
    const policy =
      path.length > 0 && name === "properties"
        ? anyProperty
        : path.length === 0
          ? findables(type).get(name)?.policy
          : undefined;
    if (!policy) {
      const near = nearestName([...findables(type).keys()])(name);
      problems.push(
        `${word}: ${place} cannot be a condition${near === undefined ? "" : `; did you mean ${near}?`}`,
      );
      continue;
    }
    const conditions = path.length === 0 ? filter : properties;
    const key = path.length === 0 ? name : pointer(...path);
    const condition = (conditions[key] ??= {});
    const read = readOperand(policy, path, operator, text);
    if (typeof read === "string") problems.push(`${word}: ${read}`);
    else {
      const [said, value] = read;
      // A set can contain several entries; nothing else can be said twice.
      if (said === "contains")
        condition[said] = [...((condition[said] as JsonValue[] | undefined) ?? []), value];
      else if (Object.hasOwn(condition, said)) problems.push(`${word}: ${place} has this condition already`);
      else condition[said] = value;
    }
  }
  const whole = { ...filter, ...(Object.keys(properties).length > 0 && { properties }) };
  if (problems.length === 0) {
    const { faults } = parseBySchema(schemas[type], { filter: whole });
    for (const { pointer: at, message } of faults)
      problems.push(`${segments(at).slice(1, 3).join(".")}: ${message}`);
  }
  if (problems.length > 0) throw new UsageError(...problems);
  return whole;
}

/** The policy of what a caller keeps below `properties`. */
const anyProperty: Field = { kind: "json", description: "" };

/** @returns the name of a condition and its value, or what is wrong */
function readOperand(
  policy: Field,
  path: readonly string[],
  operator: string,
  text: string,
): [name: string, value: JsonValue] | string {
  const isSet = policy.kind === "set";
  if (operator !== "=") {
    const name = operators[operator as keyof typeof operators];
    if (path.length === 0 && !operatorsOf(policy).includes(name))
      return `a ${policy.kind} has no condition ${operator}`;
    const read = one(policy, path, text);
    return typeof read === "string" ? read : [name, read.value];
  }
  if (text === "null" || text === "*") return ["present", text === "*"];
  const texts = isSet || text.startsWith('"') ? [text] : text.split(";");
  const values: JsonValue[] = [];
  for (const part of texts) {
    const read = one(policy, path, part);
    if (typeof read === "string") return read;
    values.push(read.value);
  }
  if (isSet) return ["contains", values[0] as JsonValue];
  return values.length === 1 ? ["equals", values[0] as JsonValue] : ["in", values];
}

function one(policy: Field, path: readonly string[], text: string): { value: JsonValue } | string {
  const entry: Field = policy.kind === "set" ? { ...policy, kind: policy.items ?? "text" } : policy;
  const read = readValue({ field: "", policy: entry, path, op: "set", type: undefined }, text);
  return "fault" in read ? read.fault.message : { value: read.value as JsonValue };
}
