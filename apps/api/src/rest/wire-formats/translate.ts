import {
  characters,
  jsonEqual,
  namings,
  parseEdits,
  plainUpdate,
  pointer,
  readInstant as readInstantText,
  unknownNames,
  type Fault,
  type Fields,
  type JsonObject,
  type ParsedUpdate,
  type Where,
} from "@roster/domain";
import { z } from "zod";
import type { Given, Located, Spelling, WireField, WireFormat } from "./wire-format.ts";

/** The members of a body or of an object in it. */
export const members = (body: JsonObject, at = ""): Located =>
  new Map(Object.entries(body).map(([name, value]) => [name, { value, at: at + pointer(name) }]));

/**
 * Keeps the documented members of a request, including those of the reply. Any other member is a fault; there
 * may be very many of them.
 */
export function documented({ request, reply }: WireFormat, { members: all, faults }: Given): Given {
  const shown = reply.record["properties"] as JsonObject;
  const known = new Map<string, { value: unknown; at: string }>();
  const found = [...faults];
  const unknown = unknownNames(() => Object.keys(request), found, "is not a field of this API");
  for (const [name, member] of all) {
    if (Object.hasOwn(request, name) || Object.hasOwn(shown, name)) known.set(name, member);
    else unknown(name, member.at);
  }
  return { members: known, faults: found };
}

/**
 * The members that differ from the current reply. So a reply that is sent back changes nothing and is not
 * checked.
 *
 * @param shown the reply for the current record
 */
export const unsaid = ({ members: all, faults }: Given, shown: JsonObject): Given => ({
  members: new Map(
    [...all].filter(([name, { value }]) => !(Object.hasOwn(shown, name) && jsonEqual(value, shown[name]))),
  ),
  faults,
});

/**
 * Translates a documented request into an update of one record. Its faults, and those that the rules find
 * later, point into the documented request.
 *
 * @param given documented members only
 * @param where finds the record: the first match counts
 * @param of the format's record to update; its own if missing
 */
export function translate(
  format: WireFormat,
  given: Given,
  where: readonly Where[],
  of?: "customer",
): ParsedUpdate {
  // Faults of the request as a whole are reported once, with the format's own record.
  const faults: Fault[] = of ? [] : [...given.faults];
  const policies = (of ? format.fields[of] : format.fields.own) as Fields;
  const update: Record<string, JsonObject> = {};
  const places = new Map<string, { at: string; spec: WireField }>();
  /**
   * Fields that keep a text as sent. A fault of the text is already reported for the value that it spells.
   */
  const beside = new Set<string>();
  for (const [name, { value, at }] of given.members) {
    const spec = Object.hasOwn(format.request, name) ? format.request[name] : undefined;
    if (spec === undefined) {
      const message = "exists only in the reply, where it has another value";
      if (!of) faults.push({ pointer: at, code: "read_only", message });
      continue;
    }
    if (spec.to === "identity" || spec.of !== of) continue;
    const read = readValue(spec, value, at, faults);
    if (read === undefined) continue;
    const [block, target] = spec.to;
    // Clearing a spelling clears the value.
    const field = (read === null && policies[target]?.spells) || target;
    (update[block] ??= {})[field] = read as JsonObject;
    places.set(pointer(block, field), { at, spec });
    if (spec.asWritten !== undefined && typeof read === "string") {
      (update[block] ??= {})[spec.asWritten] = read as unknown as JsonObject;
      places.set(pointer(block, spec.asWritten), { at, spec });
      beside.add(pointer(block, spec.asWritten));
    }
  }
  const parsed = parseEdits(policies, update);
  const fieldIn = (canonical: string) => canonical.split("/").slice(0, 3).join("/");
  const inRequest = (canonical: string) => {
    const field = fieldIn(canonical);
    return (places.get(field)?.at ?? field) + canonical.slice(field.length);
  };
  const named = where.flatMap(({ field, value }) => namings(policies, field, value));
  return plainUpdate(named, {
    edits: parsed.edits.map((edit) => {
      const by = places.get(fieldIn(edit.at))?.spec.by;
      return { ...edit, at: inRequest(edit.at), ...(by !== undefined && { by }) };
    }),
    faults: [
      ...faults,
      ...parsed.faults
        .filter((fault) => !beside.has(fieldIn(fault.pointer)))
        .map((fault) => ({ ...fault, pointer: inRequest(fault.pointer) })),
    ],
  });
}

/** A value for the update grammar, after the page's own checks. */
function readValue(field: WireField, value: unknown, at: string, faults: Fault[]): unknown {
  if (value === null) {
    return field.nullable === false
      ? unreadable(faults, at, "not_nullable", "null is not allowed here")
      : null;
  }
  if (field.max !== undefined && typeof value === "string" && characters(value) > field.max) {
    const message = `has ${characters(value)} characters, more than ${field.max}`;
    return unreadable(faults, at, "too_long", message);
  }
  return field.spelling ? field.spelling.read(value, at, faults) : value;
}

/** Reports the fault of a value. */
export function unreadable(faults: Fault[], at: string, code: Fault["code"], message: string): undefined {
  faults.push({ pointer: at, code, message });
}

const mapping =
  (block: "patch" | "replace") =>
  (field: string, description: string, more: Partial<WireField> = {}): WireField => ({
    to: [block, field],
    description,
    ...more,
  });
/** Maps a field to the update's `patch`. */
export const patch = mapping("patch");
/** Maps a field to the update's `replace`, which sets a JSON object as a whole. */
export const whole = mapping("replace");

const dateOrDateTime: JsonObject = { type: "string", anyOf: [{ format: "date" }, { format: "date-time" }] };

/** A calendar date, or a date-time, whose date is used as written, whatever its time zone. */
export const dateSpelling: Spelling = {
  read(value, at, faults) {
    if (typeof value !== "string" || value.length <= "2026-03-01".length) return value;
    if (typeof readInstantText(value) === "string") return value.slice(0, "2026-03-01".length);
    return unreadable(faults, at, "invalid_format", "is not a date or a date-time");
  },
  schema: dateOrDateTime,
};

/** An instant, or a calendar date, which means midnight UTC. */
export const instantSpelling: Spelling = {
  read: (value) => (z.iso.date().safeParse(value).success ? `${String(value)}T00:00:00Z` : value),
  schema: dateOrDateTime,
};
