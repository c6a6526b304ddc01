import { characters, isJsonObject, type JsonObject } from "@roster/domain";

/**
 * The faults of a value by a JSON Schema, for the part of JSON Schema that the API's document uses.
 * @param document the document that references point into
 */
export function schemaFaults(schema: JsonObject, value: unknown, document: JsonObject, at = ""): string[] {
  const inner = (part: unknown, item: unknown, where: string) =>
    schemaFaults(part as JsonObject, item, document, where);
  const { $ref, type, anyOf, enum: options, properties = {}, required = [], items, pattern } = schema;
  if ($ref !== undefined) return inner(resolve(document, $ref as string), value, at);
  const faults: string[] = [];
  const check = (holds: boolean, rule: string) => {
    if (!holds) faults.push(`${at || "/"} ${rule}: ${JSON.stringify(value)}`);
  };
  if (Array.isArray(anyOf)) {
    check(
      anyOf.some((one) => inner(one, value, at).length === 0),
      "matches none of the alternatives",
    );
  }
  if (type !== undefined)
    check([type].flat().includes(typeOf(value, type)), `is not of the type ${JSON.stringify(type)}`);
  if (Array.isArray(options)) check((options as unknown[]).includes(value), "is not one of the choices");
  if (typeof value === "string") {
    const { minLength = 0, maxLength = Infinity } = schema as { minLength?: number; maxLength?: number };
    check(characters(value) >= minLength && characters(value) <= maxLength, "has a wrong length");
    if (pattern !== undefined) check(new RegExp(pattern as string, "u").test(value), "is not of the pattern");
  }
  if (typeof value === "number") {
    const { minimum = -Infinity, maximum = Infinity } = schema as { minimum?: number; maximum?: number };
    check(value >= minimum && value <= maximum, "is out of range");
  }
  if (Array.isArray(value)) {
    const { maxItems = Infinity } = schema as { maxItems?: number };
    check(value.length <= maxItems, "has too many items");
    if (items !== undefined) faults.push(...value.flatMap((item, i) => inner(items, item, `${at}/${i}`)));
  }
  if (isJsonObject(value)) {
    for (const name of required as string[]) check(Object.hasOwn(value, name), `lacks ${name}`);
    for (const [name, item] of Object.entries(value)) {
      const known = Object.hasOwn(properties as JsonObject, name);
      if (known) faults.push(...inner((properties as JsonObject)[name], item, `${at}/${name}`));
      else check(schema["additionalProperties"] !== false, `has ${name}`);
    }
  }
  return faults;
}

function typeOf(value: unknown, expected: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) && [expected].flat().includes("integer") ? "integer" : typeof value;
}

/** The target of `#/…`. */
const resolve = (document: JsonObject, reference: string): unknown =>
  reference
    .slice(2)
    .split("/")
    .reduce<unknown>((part, key) => (isJsonObject(part) ? part[key] : undefined), document);
