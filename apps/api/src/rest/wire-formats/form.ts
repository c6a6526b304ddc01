import { pointer, RosterError, type Fault, type JsonObject, type JsonValue } from "@roster/domain";

/**
 * Maximum number of pairs in a form. No format has a hundred fields, and decoding very many pairs would block
 * other requests.
 */
const maxPairs = 1_000;

/**
 * Parses a form as browsers send it. Unlike URLSearchParams, it never substitutes U+FFFD for invalid bytes.
 *
 * @returns the values by name, as text
 * @throws RosterError MALFORMED
 */
export function readForm(text: string): { body: JsonObject; faults: Fault[] } {
  const pairs = text.split("&", maxPairs + 1);
  if (pairs.length > maxPairs) throw malformed(`has more than ${maxPairs} pairs`);
  const values = new Map<string, JsonValue>();
  const repeated = new Set<string>();
  for (const pair of pairs) {
    if (pair === "") continue;
    const end = pair.indexOf("=");
    const name = decode(end < 0 ? pair : pair.slice(0, end));
    if (values.has(name)) repeated.add(name);
    values.set(name, end < 0 ? "" : decode(pair.slice(end + 1)));
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

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw malformed("has a % that does not begin a UTF-8 byte");
  }
}

const malformed = (what: string): RosterError => new RosterError("MALFORMED", `the form ${what}`);
