import type { Fault } from "../errors.ts";
import { fieldsByTest, type Field, type Fields } from "./field.ts";
import type { JsonObject } from "./json.ts";
import { pointer, segments } from "./pointer.ts";
import type { RuleContext } from "./rule-context.ts";

/** The fields that keep another field's value as the caller wrote it. */
export const spellings = fieldsByTest((field) => field.spells);

/** The field that a text spells, or the texts that spell a field. Their values belong together. */
export const companions = (fields: Fields, name: string): string[] =>
  spellings(fields).flatMap((text) => {
    const of = fields[text]?.spells as string;
    return name === text ? [of] : name === of ? [text] : [];
  });

/** Changed paths, with the fields that a change there can change too: texts, and what they spell. */
export const withCompanions = (fields: Fields, paths: Iterable<string>): { path: string }[] =>
  [...paths].flatMap((path) => [
    { path },
    ...companions(fields, segments(path)[0] as string).map((name) => ({ path: pointer(name) })),
  ]);

/**
 * Keeps each text consistent with the field that it spells, after an update has set either.
 *
 * @param next the record with the edits applied; completed here
 * @param edited pointers into the request by edited field
 * @param faults receives a fault if a text contradicts the value given beside it
 * @returns the fields that were set here
 */
export function keepSpellings(
  fields: Fields,
  current: JsonObject,
  next: JsonObject,
  edited: ReadonlyMap<string, string>,
  faults: Fault[],
  context: RuleContext,
): string[] {
  return spellings(fields).flatMap((name) => {
    const of = fields[name]?.spells as string;
    const at = edited.get(name);
    const [text, given] = [next[name], next[of]] as (string | null)[];
    const same = given === current[of];
    if (at === undefined) {
      if (!edited.has(of) || (same && given !== null) || text === null || text === undefined) return [];
      next[name] = null;
      return [name];
    }
    if (text === null || text === undefined || (same && text === current[name])) return [];
    const read: unknown = context[(fields[of] as Field).kind as "phone" | "country"](text);
    const meant = typeof read === "string" ? read : null;
    if (!edited.has(of) || given === null) next[of] = meant;
    else if (meant !== null && meant !== given) {
      faults.push({ pointer: at, code: "ambiguous", message: `stands for ${meant}, and ${of} is ${given}` });
    }
    if (text === next[of]) next[name] = null;
    return [of];
  });
}
