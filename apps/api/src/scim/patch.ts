import {
  isJsonObject,
  jsonEqual,
  jsonLimits,
  pointer,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import { attributeIn, type Attribute, type ResourceType } from "./attributes.ts";
import { booleanOf, readTarget, type Filter, type Target } from "./filter.ts";
import { fits, keyOf } from "./match.ts";
import type { MemberEdits } from "./members.ts";
import { checkPrimary, isNone, isPrimary, normalParts, normalValue, objectOf, setOwn } from "./normal.ts";
import { extensionKey } from "./path.ts";
import { ScimError } from "./scim-error.ts";

/** PATCH (RFC 7644, section 3.5.2), in the shapes of the RFC and in those that providers send. */

type Op = "add" | "remove" | "replace";
export interface Operation {
  op: Op;
  path: string | undefined;
  value: JsonValue | undefined;
}

/** More operations than a provider sends at once. */
const maxOperations = 10_000;

/** More operations on a user than a provider sends at once: each looks at all values of its attribute. */
export const maxUserOperations = 1_000;

/** More values than an attribute can keep, since each is an element with a key at least. */
const maxValues = jsonLimits.keys / 2;

function limitValues(name: string, count: number): void {
  if (count > maxValues)
    throw new ScimError("invalidValue", `${name} has ${count} values, more than ${maxValues}`);
}

/**
 * @param most the most operations
 * @throws ScimError invalidSyntax
 */
export function readOperations(body: unknown, most = maxOperations): Operation[] {
  const given = Object.entries(objectOf(body)).find(([name]) => name.toLowerCase() === "operations")?.[1];
  if (!Array.isArray(given) || given.length === 0)
    throw new ScimError("invalidSyntax", "Operations must be a list of operations");
  if (given.length > most)
    throw new ScimError("invalidSyntax", `has ${given.length} operations, more than ${most}`);
  return given.map((operation) => {
    const members = Object.entries(objectOf(operation)).map(([name, value]) => [name.toLowerCase(), value]);
    const { op, path, value } = Object.fromEntries(members) as Record<string, JsonValue | undefined>;
    const word = typeof op === "string" ? op.toLowerCase() : "";
    if (word !== "add" && word !== "remove" && word !== "replace")
      throw new ScimError("invalidSyntax", "op must be add, remove or replace");
    if (path !== undefined && path !== null && typeof path !== "string")
      throw new ScimError("invalidPath", "a path must be a text");
    return { op: word, path: path === null || path === "" ? undefined : path, value };
  });
}

/**
 * Applies operations to a resource, in order.
 *
 * @param resource in normal form; it is not changed
 * @param members collects the changes that the operations make to the members of a group
 * @returns the resource afterwards
 * @throws ScimError
 */
export function patched(
  resource: JsonObject,
  operations: readonly Operation[],
  type: ResourceType,
  members?: MemberEdits,
): JsonObject {
  const next = structuredClone(resource);
  for (const { op, path, value } of operations) {
    if (path !== undefined) {
      const target = readTarget(path, type);
      checkTarget(target);
      apply(next, op, target, value, type, members);
      continue;
    }
    if (op === "remove") throw new ScimError("noTarget", "remove must have a path");
    if (!isJsonObject(value))
      throw new ScimError("invalidValue", "without a path, the value must be an object");
    for (const [key, part] of Object.entries(value)) {
      const target = keyTarget(key, part, type);
      if (target) apply(next, op, target, part, type, members);
    }
  }
  return next;
}

/** The target of a key beside others, possibly a path; undefined if Roster sets it or does not know it. */
function keyTarget(key: string, value: JsonValue, type: ResourceType): Target | undefined {
  const urn = isJsonObject(value) ? extensionKey(key, type) : undefined;
  if (urn !== undefined && urn.toLowerCase() !== type.core.id.toLowerCase()) return { urn };
  let target: Target;
  try {
    target = readTarget(key, type);
  } catch {
    return undefined;
  }
  const { attribute, urn: owner } = target;
  const isKnown = attribute ? attribute.mutability !== "readOnly" : owner !== undefined;
  return isKnown ? target : undefined;
}

/** @throws ScimError for a path that Roster does not know, or that leads to an attribute that it sets */
function checkTarget({ urn, name, attribute, sub, subAttribute, filter }: Target): void {
  if (urn === undefined && !attribute)
    throw new ScimError("invalidPath", `there is no attribute ${name ?? ""}`);
  if (attribute?.mutability === "readOnly" || name === "schemas")
    throw new ScimError("mutability", `${attribute?.name ?? name} is set by Roster`);
  if (attribute && sub !== undefined && attribute.type !== "complex")
    throw new ScimError("invalidPath", `${attribute.name} has no parts`);
  if (attribute && sub !== undefined && !subAttribute && urn === undefined)
    throw new ScimError("invalidPath", `${attribute.name} has no ${sub}`);
  if (attribute && filter && !attribute.multiValued)
    throw new ScimError("invalidPath", `${attribute.name} is no list`);
}

function apply(
  resource: JsonObject,
  op: Op,
  target: Target,
  value: JsonValue | undefined,
  type: ResourceType,
  members: MemberEdits | undefined,
): void {
  const { urn, name, attribute } = target;
  if (attribute?.mutability === "writeOnly") return;
  if (attribute?.name === "members" && members) return members.apply(op, target, value);
  const remove = op === "remove" || isNone(value);
  if (attribute?.required && remove && target.sub === undefined)
    throw new ScimError("mutability", `${attribute.name} is required and cannot be removed`);
  if (urn === undefined) return applyTo(resource, op, target, value);
  const own = isJsonObject(resource[urn]) ? resource[urn] : {};
  if (name === undefined) {
    if (op === "remove") return void delete resource[urn];
    const attributes = type.extensions.find(({ id }) => id === urn)?.attributes ?? [];
    for (const [key, part] of Object.entries(objectOf(value ?? {}))) {
      const one = attributeIn(attributes, key);
      applyTo(own, op, { urn, name: one?.name ?? key, attribute: one }, part);
    }
  } else {
    applyTo(own, op, target, value);
  }
  if (Object.keys(own).length > 0) setOwn(resource, urn, own);
  else delete resource[urn];
}

/** Applies an operation to the object that has the attribute. */
function applyTo(owner: JsonObject, op: Op, target: Target, value: JsonValue | undefined): void {
  const { attribute } = target;
  if (!attribute) applyToUnknown(owner, op, target, value);
  else if (attribute.multiValued) applyToList(owner, op, target, attribute, value);
  else if (attribute.type === "complex") applyToComplex(owner, op, target, attribute, value);
  else set(owner, attribute.name, op === "remove" ? undefined : normalValue(attribute, value));
}

function set(owner: JsonObject, name: string, value: JsonValue | undefined): void {
  if (value === undefined) delete owner[name];
  else setOwn(owner, name, value);
}

/** An attribute of an extension that no schema has: whatever is sent is kept. */
function applyToUnknown(
  owner: JsonObject,
  op: Op,
  { name = "", sub, filter }: Target,
  value: JsonValue | undefined,
): void {
  if (filter) throw new ScimError("invalidPath", `the elements of ${name} cannot be filtered`);
  const before = Object.hasOwn(owner, name) ? owner[name] : undefined;
  if (sub !== undefined) {
    const parts = isJsonObject(before) ? { ...before } : {};
    set(parts, sub, op === "remove" ? undefined : (value ?? undefined));
    return set(owner, name, Object.keys(parts).length > 0 ? parts : undefined);
  }
  if (op === "remove" || isNone(value)) return set(owner, name, undefined);
  if (op === "add" && Array.isArray(before)) {
    const given = [value].flat() as JsonValue[];
    limitValues(name, before.length + given.length);
    const more = given.filter((one) => !before.some((own) => jsonEqual(own, one)));
    return set(owner, name, [...before, ...more]);
  }
  const merged = isJsonObject(before) && isJsonObject(value);
  set(owner, name, merged ? { ...before, ...value } : value);
}

function applyToComplex(
  owner: JsonObject,
  op: Op,
  { sub, subAttribute }: Target,
  attribute: Attribute,
  value: JsonValue | undefined,
): void {
  const { name } = attribute;
  const before = isJsonObject(owner[name]) ? owner[name] : {};
  if (sub === undefined) {
    const given = op === "remove" ? undefined : normalValue(attribute, value);
    if (!isJsonObject(given)) return set(owner, name, undefined);
    // Another person has another name and address.
    const other = given["value"] !== undefined && given["value"] !== before["value"];
    const next = other ? given : { ...before, ...given };
    for (const [key, part] of Object.entries(isJsonObject(value as JsonValue) ? (value as JsonObject) : {}))
      if (part === null) delete next[attributeIn(attribute.subAttributes ?? [], key)?.name ?? key];
    return set(owner, name, next);
  }
  const next = { ...before };
  const normal = subAttribute
    ? normalValue(subAttribute, value, pointer(name, subAttribute.name))
    : (value ?? undefined);
  set(next, sub, op === "remove" ? undefined : normal);
  set(owner, name, Object.keys(next).length > 0 ? next : undefined);
}

function applyToList(
  owner: JsonObject,
  op: Op,
  { filter, sub, subAttribute }: Target,
  attribute: Attribute,
  value: JsonValue | undefined,
): void {
  const { name } = attribute;
  const before = (owner[name] ?? []) as JsonObject[];
  const store = (elements: readonly JsonValue[]) => {
    limitValues(name, elements.length);
    checkPrimary(elements, pointer(name));
    set(owner, name, elements.length > 0 ? [...elements] : undefined);
  };
  const chosen = before.filter((element) => !filter || fits(filter, element));

  if (op === "remove" || (op === "replace" && isNone(value))) {
    if (sub !== undefined)
      return store(before.flatMap((one) => (chosen.includes(one) ? without(one, sub) : one)));
    if (filter || isNone(value)) return store(before.filter((one) => !chosen.includes(one)));
    const gone = (normalValue(attribute, value) ?? []) as JsonValue[];
    limitValues(name, gone.length);
    return store(before.filter((one) => !gone.some((other) => isSame(attribute, one, other))));
  }

  if (sub === undefined && !filter) {
    const given = (normalValue(attribute, value) ?? []) as JsonObject[];
    limitValues(name, given.length);
    return store(op === "replace" ? given : given.reduce((all, one) => added(attribute, all, one), before));
  }

  const normal = subAttribute
    ? normalValue(subAttribute, value, pointer(name, subAttribute.name))
    : (value ?? undefined);
  const parts =
    sub === undefined ? elementParts(attribute, value) : normal === undefined ? {} : { [sub]: normal };
  if (chosen.length > 0) {
    const changed = new Map(chosen.map((one) => [one, { ...one, ...parts }]));
    return store(
      unprimed(
        before.map((one) => changed.get(one) ?? one),
        [...changed.values()],
      ),
    );
  }
  const made = filter ? equalities(filter) : {};
  if (!made) throw new ScimError("noTarget", `no element of ${name} fits the filter`);
  const element = { ...made, ...parts };
  store(unprimed([...before, element], [element]));
}

/** The parts that a value gives to an element. */
function elementParts(attribute: Attribute, value: JsonValue | undefined): JsonObject {
  const [one] = [value].flat();
  if (isJsonObject(one)) return normalParts(attribute.subAttributes ?? [], one, pointer(attribute.name));
  if (typeof one === "string") return { value: one };
  throw new ScimError("invalidValue", `an element of ${attribute.name} must be an object`);
}

/** An element without one part; nothing if the rest is empty. */
function without(element: JsonObject, part: string): JsonObject[] {
  const { [part]: _, ...rest } = element;
  const left = Object.keys(rest).filter((key) => !["type", "primary", "display"].includes(key));
  return part === "value" || left.length === 0 ? [] : [rest];
}

/** The list with one more element, unless it has it. */
function added(attribute: Attribute, elements: readonly JsonObject[], element: JsonObject): JsonObject[] {
  const same = elements.find((one) => isSame(attribute, one, element));
  if (!same) return unprimed([...elements, element], [element]);
  const merged = { ...same, ...element };
  return unprimed(
    elements.map((one) => (one === same ? merged : one)),
    [merged],
  );
}

/** Whether two elements have the same value for the same use. Without values, all must be the same. */
function isSame({ subAttributes = [] }: Attribute, one: JsonValue, other: JsonValue): boolean {
  if (!isJsonObject(one) || !isJsonObject(other)) return jsonEqual(one, other);
  const { value } = other;
  if (value === undefined) return jsonEqual(one, other);
  const attribute = attributeIn(subAttributes, "value");
  const key = keyOf("string", attribute?.caseExact ?? false);
  return (
    key(one["value"]) === key(value) && (other["type"] === undefined || jsonEqual(one["type"], other["type"]))
  );
}

/** The elements, of which a new primary one leaves no other primary. */
function unprimed(elements: readonly JsonObject[], changed: readonly JsonObject[]): JsonObject[] {
  const primary = changed.find(isPrimary);
  if (!primary) return [...elements];
  return elements.map((one) =>
    one !== primary && isPrimary(one) && !changed.includes(one) ? { ...one, primary: false } : one,
  );
}

/** The parts of an element that a filter of equalities describes; undefined for any other filter. */
function equalities(filter: Filter): JsonObject | undefined {
  if (filter.op === "and") {
    const [left, right] = [equalities(filter.left), equalities(filter.right)];
    return left && right && { ...left, ...right };
  }
  if (filter.op !== "eq" || filter.value === null) return undefined;
  const { name = "", attribute } = filter.path;
  const value = attribute?.type === "boolean" ? booleanOf(filter.value) : filter.value;
  return value === undefined ? undefined : { [name]: value };
}
