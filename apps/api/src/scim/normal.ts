import { isJsonObject, pointer, type Fault, type JsonObject, type JsonValue } from "@roster/domain";
import { attributeIn, type Attribute, type ResourceType } from "./attributes.ts";
import { booleanOf } from "./filter.ts";
import { extensionKey, readPath } from "./path.ts";
import { faulty, noting, ScimError } from "./scim-error.ts";

/** A resource in normal form, and the faults of the attributes that it lacks because they are faulty. */
export interface Normal {
  resource: JsonObject;
  faults: Fault[];
}

/**
 * Normalises the resources that clients send: canonical names; lists as arrays; truth values as such; null,
 * an empty list and an empty object as no value (RFC 7643, section 2.5). Attributes that Roster sets, and
 * core attributes that no schema has, are left out. Extensions that no schema has stay as they are sent.
 *
 * @throws ScimError invalidSyntax
 */
export function normalResource(body: unknown, type: ResourceType): Normal {
  const normal: Normal = { resource: {}, faults: [] };
  const object = objectOf(body);
  for (const key of Object.keys(object))
    noting(normal.faults, () => readAttribute(normal, object, key, type));
  return normal;
}

/** Adds the attribute under a key of the body to a resource. @throws ScimError with its faults */
function readAttribute(
  { resource, faults }: Normal,
  body: JsonObject,
  key: string,
  type: ResourceType,
): void {
  const value = body[key] as JsonValue;
  const urn = extensionKey(key, type);
  if (urn?.toLowerCase() === type.core.id.toLowerCase()) {
    const core = normalResource(value, type);
    Object.assign(resource, core.resource);
    faults.push(...core.faults);
  } else if (urn !== undefined) {
    const extension = normalExtension(urn, value, type);
    if (extension) setOwn(resource, urn, { ...(resource[urn] as JsonObject | undefined), ...extension });
  }
  if (urn !== undefined) return;
  // Some clients send paths into an extension as keys.
  const path = readPath(key, type);
  if (path.urn !== undefined) {
    if (!path.attribute || path.sub !== undefined) return;
    const part = normalValue(path.attribute, value, pointer(key));
    if (part === undefined) return;
    const before = (resource[path.urn] ?? {}) as JsonObject;
    return setOwn(resource, path.urn, { ...before, [path.attribute.name]: part });
  }
  const attribute = attributeIn(type.core.attributes, path.sub === undefined ? (path.name ?? "") : key);
  if (!attribute || attribute.mutability === "readOnly") return;
  const at = pointer(attribute.name);
  checkOnce(key, body, at);
  const normal = normalValue(attribute, value, at);
  if (normal !== undefined && attribute.mutability !== "writeOnly") resource[attribute.name] = normal;
}

/** @throws ScimError invalidValue if an earlier key of the object is the same but for letter case */
function checkOnce(key: string, object: JsonObject, at: string): void {
  const first = Object.keys(object).find((other) => other.toLowerCase() === key.toLowerCase());
  if (first !== key) throw faulty([{ pointer: at, code: "ambiguous", message: "is given more than once" }]);
}

/** @throws ScimError invalidSyntax unless it is a JSON object */
export function objectOf(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw new ScimError("invalidSyntax", "the body must be a JSON object");
}

function normalExtension(urn: string, value: JsonValue, type: ResourceType): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const attributes = type.extensions.find(({ id }) => id === urn)?.attributes;
  const result = attributes ? normalParts(attributes, value, pointer(urn)) : value;
  return Object.keys(result).length > 0 ? result : undefined;
}

/**
 * The parts of a complex value. Those that no schema has stay as they are sent.
 *
 * @param at JSON Pointer to the value
 * @throws ScimError invalidValue with the faults of all parts
 */
export function normalParts(attributes: readonly Attribute[], value: JsonObject, at: string): JsonObject {
  const result: JsonObject = {};
  const faults: Fault[] = [];
  for (const [key, part] of Object.entries(value)) {
    noting(faults, () => {
      const attribute = attributeIn(attributes, key);
      const place = at + pointer(attribute?.name ?? key);
      if (attribute) checkOnce(key, value, place);
      const normal = attribute ? normalValue(attribute, part, place) : (part ?? undefined);
      if (normal !== undefined) setOwn(result, attribute?.name ?? key, normal);
    });
  }
  if (faults.length > 0) throw faulty(faults);
  return result;
}

/**
 * The value of an attribute; undefined for none.
 *
 * @param at JSON Pointer to the value
 * @throws ScimError invalidValue
 */
export function normalValue(
  attribute: Attribute,
  value: JsonValue | undefined,
  at: string = pointer(attribute.name),
): JsonValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) return normalOne(attribute, value, at);
  const elements = [value]
    .flat()
    .flatMap((element, i) => normalOne(attribute, element, at + pointer(i)) ?? []);
  checkPrimary(elements, at);
  return elements.length > 0 ? elements : undefined;
}

function normalOne(attribute: Attribute, value: JsonValue, at: string): JsonValue | undefined {
  if (value === null) return undefined;
  const { type, subAttributes = [] } = attribute;
  if (type === "complex") {
    // Some clients send a list of one, or the bare `value`.
    const [one] = [value].flat();
    if (one === undefined || one === null || one === "") return undefined;
    if (isJsonObject(one)) {
      const parts = normalParts(subAttributes, one, at);
      return Object.keys(parts).length > 0 ? parts : undefined;
    }
    if (typeof one === "string" && attributeIn(subAttributes, "value")) return { value: one };
    throw invalid(at, "must be an object");
  }
  if (type === "boolean") {
    const truth = booleanOf(value);
    if (truth === undefined) throw invalid(at, "must be true or false");
    return truth;
  }
  if (typeof value !== "string") throw invalid(at, "must be a text");
  return value;
}

const invalid = (at: string, message: string): ScimError =>
  faulty([{ pointer: at, code: "invalid_type", message }]);

/** @throws ScimError invalidValue for more than one primary element */
export function checkPrimary(elements: readonly JsonValue[], at: string): void {
  if (elements.filter(isPrimary).length > 1)
    throw faulty([{ pointer: at, code: "ambiguous", message: "has more than one primary value" }]);
}

export const isPrimary = (element: JsonValue): boolean =>
  isJsonObject(element) && element["primary"] === true;

export const isNone = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** Sets an own property under any key, also under `__proto__`, which the rules then refuse. */
export const setOwn = (target: JsonObject, key: string, value: JsonValue): void =>
  void Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
