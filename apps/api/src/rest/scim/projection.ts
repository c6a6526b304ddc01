import { isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";
import type { ResourceType } from "../../scim/attributes.ts";
import { readPath, type Path } from "../../scim/path.ts";

/** The attributes that an answer shows (RFC 7644, section 3.9). */
export interface Projection {
  attributes: readonly string[];
  excludedAttributes: readonly string[];
}

/** Shown whatever is asked for. */
const always = new Set(["schemas", "id"]);

/** A path; a filter of elements in it counts as the whole list. */
const pathOf = (name: string, type: ResourceType): Path =>
  readPath(name.replaceAll(/\[[^\]]*\]/g, "").trim(), type);

/** Whether an answer shows any part of an attribute. */
export const showing =
  ({ attributes, excludedAttributes }: Projection, type: ResourceType) =>
  (attribute: string): boolean => {
    const naming = (names: readonly string[]) =>
      names
        .map((name) => pathOf(name, type))
        .filter(({ urn, name }) => urn === undefined && name === attribute);
    return attributes.length > 0
      ? naming(attributes).length > 0
      : naming(excludedAttributes).every(({ sub }) => sub !== undefined);
  };

/** The part of a resource that is asked for. */
export function projected(
  resource: JsonObject,
  { attributes, excludedAttributes }: Projection,
  type: ResourceType,
): JsonObject {
  if (attributes.length > 0) {
    const result = Object.fromEntries(Object.entries(resource).filter(([name]) => always.has(name)));
    for (const name of attributes) keep(resource, result, pathOf(name, type));
    return result;
  }
  const result = excludedAttributes.length > 0 ? structuredClone(resource) : resource;
  for (const name of excludedAttributes) drop(result, pathOf(name, type));
  return result;
}

function keep(from: JsonObject, into: JsonObject, { urn, name, sub }: Path): void {
  const owner = urn === undefined ? from : from[urn];
  if (!isJsonObject(owner)) return;
  let target = into;
  if (urn !== undefined) {
    if (name === undefined) return void (into[urn] = owner);
    target = isJsonObject(into[urn]) ? into[urn] : (into[urn] = {});
  }
  const value = name === undefined ? undefined : owner[name];
  if (name === undefined || value === undefined) return;
  if (sub === undefined) return void (target[name] = value);
  const part = (one: JsonValue): JsonObject =>
    isJsonObject(one) && one[sub] !== undefined ? { [sub]: one[sub] } : {};
  const before = target[name];
  target[name] = Array.isArray(value)
    ? value.map((one, i) => ({ ...(Array.isArray(before) ? (before[i] as JsonObject) : {}), ...part(one) }))
    : { ...(isJsonObject(before) ? before : {}), ...part(value) };
}

function drop(from: JsonObject, { urn, name, sub }: Path): void {
  if (urn !== undefined && name === undefined) return void delete from[urn];
  const owner = urn === undefined ? from : from[urn];
  if (!isJsonObject(owner) || name === undefined || (urn === undefined && always.has(name))) return;
  if (sub === undefined) return void delete owner[name];
  for (const one of [owner[name]].flat()) if (isJsonObject(one)) delete one[sub];
}
