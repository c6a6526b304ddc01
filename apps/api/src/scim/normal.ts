import { isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";
import { attributeIn, type Attribute, type ResourceType } from "./attributes.ts";
import { booleanOf } from "./filter.ts";
import { extensionKey, readPath } from "./path.ts";
import { ScimError } from "./scim-error.ts";

/**
 * Normalises the resources that clients send: canonical names; lists as arrays; truth values as such; null,
 * an empty list and an empty object as no value (RFC 7643, section 2.5). Attributes that Roster sets, and
 * core attributes that no schema has, are left out. Extensions that no schema has stay as they are sent.
 *
 * @throws ScimError invalidSyntax, invalidValue
 */
export function normalResource(body: unknown, type: ResourceType): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(objectOf(body))) {
    const urn = extensionKey(key, type);
    if (urn?.toLowerCase() === type.core.id.toLowerCase()) {
      Object.assign(result, normalResource(value, type));
    } else if (urn !== undefined) {
      const extension = normalExtension(urn, value, type);
      if (extension) setOwn(result, urn, { ...(result[urn] as JsonObject | undefined), ...extension });
    }
    if (urn !== undefined) continue;
    // Some clients send paths into an extension as keys.
    const path = readPath(key, type);
    if (path.urn !== undefined) {
      const part = path.attribute && path.sub === undefined && normalValue(path.attribute, value);
      if (part === undefined || path.attribute === undefined) continue;
      const before = (result[path.urn] ?? {}) as JsonObject;
      setOwn(result, path.urn, { ...before, [path.attribute.name]: part });
      continue;
    }
    const attribute = attributeIn(type.core.attributes, path.sub === undefined ? (path.name ?? "") : key);
    if (!attribute || attribute.mutability === "readOnly") continue;
    checkOnce(attribute, key, body as JsonObject);
    const normal = normalValue(attribute, value);
    if (normal !== undefined && attribute.mutability !== "writeOnly") result[attribute.name] = normal;
  }
  return result;
}

/** @throws ScimError invalidValue if an object has an attribute under another key too, in other letter case */
function checkOnce(attribute: Attribute, key: string, object: JsonObject): void {
  const isOther = (other: string) => other !== key && other.toLowerCase() === key.toLowerCase();
  if (Object.keys(object).some(isOther)) throw invalid(attribute, "is given more than once");
}

/** @throws ScimError invalidSyntax unless it is a JSON object */
export function objectOf(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw new ScimError("invalidSyntax", "the body must be a JSON object");
}

function normalExtension(urn: string, value: JsonValue, type: ResourceType): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const attributes = type.extensions.find(({ id }) => id === urn)?.attributes;
  const result = attributes ? normalParts(attributes, value) : value;
  return Object.keys(result).length > 0 ? result : undefined;
}

/** The parts of a complex value. Those that no schema has stay as they are sent. */
export function normalParts(attributes: readonly Attribute[], value: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, part] of Object.entries(value)) {
    const attribute = attributeIn(attributes, key);
    if (attribute) checkOnce(attribute, key, value);
    const normal = attribute ? normalValue(attribute, part) : (part ?? undefined);
    if (normal !== undefined) setOwn(result, attribute?.name ?? key, normal);
  }
  return result;
}

/** The value of an attribute; undefined for none. @throws ScimError invalidValue */
export function normalValue(attribute: Attribute, value: JsonValue | undefined): JsonValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) return normalOne(attribute, value);
  const elements = [value].flat().flatMap((element) => normalOne(attribute, element) ?? []);
  checkPrimary(attribute, elements);
  return elements.length > 0 ? elements : undefined;
}

function normalOne(attribute: Attribute, value: JsonValue): JsonValue | undefined {
  if (value === null) return undefined;
  const { type, subAttributes = [] } = attribute;
  if (type === "complex") {
    // Some clients send a list of one, or the bare `value`.
    const [one] = [value].flat();
    if (one === undefined || one === null || one === "") return undefined;
    if (isJsonObject(one)) {
      const parts = normalParts(subAttributes, one);
      return Object.keys(parts).length > 0 ? parts : undefined;
    }
    if (typeof one === "string" && attributeIn(subAttributes, "value")) return { value: one };
    throw invalid(attribute, "must be an object");
  }
  if (type === "boolean") {
    const truth = booleanOf(value);
    if (truth === undefined) throw invalid(attribute, "must be true or false");
    return truth;
  }
  if (typeof value !== "string") throw invalid(attribute, "must be a text");
  return value;
}

const invalid = ({ name }: Attribute, message: string): ScimError =>
  new ScimError("invalidValue", `${name} ${message}`);

/** @throws ScimError invalidValue for more than one primary element */
export function checkPrimary(attribute: Attribute, elements: readonly JsonValue[]): void {
  if (elements.filter(isPrimary).length > 1) throw invalid(attribute, "has more than one primary value");
}

export const isPrimary = (element: JsonValue): boolean =>
  isJsonObject(element) && element["primary"] === true;

export const isNone = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** Sets an own property under any key, also under `__proto__`, which the rules then refuse. */
export const setOwn = (target: JsonObject, key: string, value: JsonValue): void =>
  void Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
