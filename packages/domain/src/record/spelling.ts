import type { Fault } from "../errors.ts";
import { fieldsByTest, type Field, type Fields } from "./field.ts";
import type { JsonObject } from "./json.ts";
import type { RuleContext } from "./rule-context.ts";

/** The fields that keep the value of another one as it was written. */
export const spellings = fieldsByTest((field) => field.spells);

/** The field that a field spells, and those that spell it: the values of both belong together. */
export const companions = (fields: Fields, name: string): string[] =>
  spellings(fields).flatMap((text) => {
    const of = fields[text]?.spells as string;
    return name === text ? [of] : name === of ? [text] : [];
  });

/**
 * Keeps each such field in step with the one that it spells, after an update has set either.
 *
 * @param next the record with the edits applied, which is completed here
 * @param edited where the edited fields stand in the request
 * @param faults receives a text that stands for another value than the one given beside it
 * @returns the fields that are set here
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
