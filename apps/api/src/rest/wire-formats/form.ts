import { pointer, RosterError, type Fault, type JsonObject, type JsonValue } from "@roster/domain";
import { pairsIn } from "../pairs.ts";

/**
 * Maximum number of pairs in a form. No format has a hundred fields, and decoding very many pairs would block
 * other requests.
 */
const maxPairs = 1_000;

/**
 * Parses a form as browsers send it.
 *
 * @returns the values by name, as text
 * @throws RosterError MALFORMED
 */
export function readForm(text: string): { body: JsonObject; faults: Fault[] } {
  if (text.split("&", maxPairs + 1).length > maxPairs) throw malformed(`has more than ${maxPairs} pairs`);
  const values = new Map<string, JsonValue>();
  const repeated = new Set<string>();
  for (const [name, value] of pairsIn(text, malformed)) {
    if (values.has(name)) repeated.add(name);
    values.set(name, value);
  }
  return {
    body: Object.fromEntries(values),
    faults: [...repeated].map((name) => ({
      pointer: pointer(name),
      code: "invalid_type",
      message: "is given more than once",
    })),
  };
}

const malformed = (what: string): RosterError => new RosterError("MALFORMED", `the form ${what}`);
