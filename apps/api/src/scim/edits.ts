import {
  isJsonObject,
  parseEdits,
  pointer,
  segments,
  type Fault,
  type Fields,
  type JsonObject,
  type JsonValue,
  type ParsedCreate,
} from "@roster/domain";
import type { Mapped } from "./attributes.ts";
import { setOwn } from "./normal.ts";

/** Conversions between Roster's and SCIM's forms of a record that users and groups share. */

/** The value of a field, and its place in the request. */
export interface Placed {
  field: string;
  value: JsonValue;
  at: string;
}

/**
 * Edits with further faults of the same request. An attribute that is faulty and therefore missing is not
 * told to be missing.
 */
export function withFaultsOf(edits: ParsedCreate, further: readonly Fault[]): ParsedCreate {
  const places = new Set(further.map(({ pointer: at }) => at));
  return { ...edits, faults: [...further, ...edits.faults.filter(({ pointer: at }) => !places.has(at))] };
}

/** The edits that set fields to values, with the faults of these. */
export function editsOf(fields: Fields, values: readonly Placed[]): ParsedCreate {
  const places = new Map(values.map(({ field, at }) => [field, at]));
  const block = (json: boolean) =>
    Object.fromEntries(
      values
        .filter(({ field }) => (fields[field]?.kind === "json") === json)
        .map(({ field, value }) => [field, value]),
    );
  const { edits, faults } = parseEdits(fields, { patch: block(false), replace: block(true) });
  const placed = (written: string): string => {
    const [, field = "", ...rest] = segments(written);
    return (places.get(field) ?? "") + pointer(...rest);
  };
  return {
    edits: edits.map((edit) => ({ ...edit, at: placed(edit.at) })),
    faults: faults.map((fault) => ({ ...fault, pointer: placed(fault.pointer) })),
  };
}

/** Adds to a resource the attributes that fields of a record are shown as. */
export function withFields(resource: JsonObject, mapped: readonly Mapped[], record: object): JsonObject {
  for (const { field, place } of mapped) {
    const value = (record as JsonObject)[field] ?? null;
    if (value !== null) put(resource, place, value);
  }
  return resource;
}

function put(resource: JsonObject, place: readonly string[], value: JsonValue): void {
  const [name = "", part] = place;
  if (part === undefined) return setOwn(resource, name, value);
  const owner = isJsonObject(resource[name]) ? resource[name] : {};
  setOwn(owner, part, value);
  setOwn(resource, name, owner);
}

/** Removes the value at a place. @returns it; null if there is none */
export function take(resource: JsonObject, [name = "", part]: readonly string[]): JsonValue {
  const own = resource[name];
  if (part === undefined) {
    delete resource[name];
    return own ?? null;
  }
  if (!isJsonObject(own)) return null;
  const value = own[part] ?? null;
  delete own[part];
  if (Object.keys(own).length === 0) delete resource[name];
  return value;
}

/** The attributes that providers sent and no field holds. They are kept unchanged in `properties.scim`. */
export function sentOf({ properties }: { properties: JsonObject | null }): JsonObject {
  const sent = properties?.["scim"];
  return isJsonObject(sent) ? sent : {};
}

/** The properties of a record with other such attributes; without `scim` if there are none. */
export function withSent(properties: JsonObject | null, sent: JsonObject): JsonObject | null {
  const { scim: before, ...others } = properties ?? {};
  if (Object.keys(sent).length > 0) return { ...others, scim: sent };
  return before === undefined || Object.keys(others).length > 0 ? properties && others : null;
}
