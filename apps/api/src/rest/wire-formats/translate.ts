import {
  characters,
  maxFaults,
  nearestName,
  parseEdits,
  plainUpdate,
  pointer,
  type Fault,
  type Fields,
  type JsonObject,
  type ParsedUpdate,
  type Where,
} from "@roster/domain";
import { z } from "zod";
import type { WireField, WireFormat } from "./wire-format.ts";

/** Values of a request by their documented names, and where each stands in it. */
export type Located = Map<string, { value: unknown; at: string }>;

/** The members of a body, or of an object in it. */
export const members = (body: JsonObject, at = ""): Located =>
  new Map(Object.entries(body).map(([name, value]) => [name, { value, at: at + pointer(name) }]));

/**
 * Translates a documented request into an update of one record. Its faults, and those that the
 * rules will find, point into the documented request.
 *
 * @param where how the record is found: the first that fits
 * @param of which of the format's records; its own when missing
 */
export function translate(
  format: WireFormat,
  body: Located,
  where: readonly Where[],
  of?: "customer",
): ParsedUpdate {
  const faults: Fault[] = [];
  const update: Record<string, JsonObject> = {};
  const places = new Map<string, string>();
  let nearest: ReturnType<typeof nearestName> | undefined;
  for (const [name, { value, at }] of body) {
    const spec = Object.hasOwn(format.request, name) ? format.request[name] : undefined;
    if (spec === undefined) {
      // A name is refused once, with the format's own record.
      if (!of && faults.length < maxFaults) {
        const near = (nearest ??= nearestName(Object.keys(format.request)))(name);
        const message = "is not a field of this API" + (near === undefined ? "" : `; did you mean ${near}?`);
        faults.push({ pointer: at, code: "unknown_field", message });
      }
      continue;
    }
    if (spec.to === "identity" || spec.of !== of) continue;
    const read = readValue(spec, value, at, faults);
    if (read === undefined) continue;
    const [block, field] = spec.to;
    (update[block] ??= {})[field] = read as JsonObject;
    places.set(pointer(block, field), at);
  }
  const parsed = parseEdits((of ? format.fields[of] : format.fields.own) as Fields, update);
  const inRequest = (canonical: string) => {
    const field = canonical.split("/").slice(0, 3).join("/");
    return (places.get(field) ?? field) + canonical.slice(field.length);
  };
  return plainUpdate(where, {
    edits: parsed.edits.map((edit) => ({ ...edit, at: inRequest(edit.at) })),
    faults: [...faults, ...parsed.faults.map((fault) => ({ ...fault, pointer: inRequest(fault.pointer) }))],
  });
}

/** A value as the update grammar has it, after the page's own checks. */
function readValue(field: WireField, value: unknown, at: string, faults: Fault[]): unknown {
  if (value === null) {
    if (field.nullable !== false) return null;
    faults.push({ pointer: at, code: "not_nullable", message: "null is not allowed here" });
    return undefined;
  }
  if (field.max !== undefined && typeof value === "string" && characters(value) > field.max) {
    faults.push({
      pointer: at,
      code: "too_long",
      message: `has ${characters(value)} characters, more than ${field.max}`,
    });
    return undefined;
  }
  return field.read ? field.read(value, at, faults) : value;
}

/** A field that stands for a field of the record's patch. */
export const patch = (field: string, description: string, more: Partial<WireField> = {}): WireField => ({
  to: ["patch", field],
  description,
  ...more,
});

/** A JSON object that a request gives whole. */
export const whole = (field: string, description: string, more: Partial<WireField> = {}): WireField => ({
  to: ["replace", field],
  description,
  ...more,
});

const dateTime = z.iso.datetime({ offset: true });

/** A calendar date, also in the form of a date-time: the date as written, whatever its time zone. */
export function readDate(value: unknown, at: string, faults: Fault[]): unknown {
  if (typeof value !== "string" || !value.includes("T")) return value;
  const written = /^(\d{4}-\d{2}-\d{2})T/.exec(value)?.[1];
  if (written !== undefined && dateTime.safeParse(value).success) return written;
  faults.push({ pointer: at, code: "invalid_format", message: "is not a date or a date-time" });
  return undefined;
}

/** An instant, or a calendar date, which stands for its first moment in UTC. */
export const readInstant = (value: unknown): unknown =>
  z.iso.date().safeParse(value).success ? `${String(value)}T00:00:00Z` : value;

/** The member of the request that names the record, as text; undefined, with a fault, without one. */
export function requiredText(body: Located, name: string, faults: Fault[]): string | undefined {
  const { value, at } = body.get(name) ?? { value: undefined, at: pointer(name) };
  if (typeof value === "string" && value !== "") return value;
  faults.push(
    value === undefined
      ? { pointer: at, code: "required", message: "is required" }
      : { pointer: at, code: "invalid_type", message: "must be a text that is not empty" },
  );
  return undefined;
}
