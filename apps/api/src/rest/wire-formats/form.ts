import { pointer, RosterError, type Fault, type JsonObject, type JsonValue } from "@roster/domain";

/** The most pairs of a form: no format has a hundred fields. Decoding very many would hold up all other requests. */
const maxPairs = 1_000;

/**
 * Reads a form as browsers send it. Unlike theirs, this reader never puts U+FFFD for what it cannot decode.
 *
 * @returns the values by name, each as text
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
    throw malformed("has a % that does not begin a byte of UTF-8");
  }
}

const malformed = (what: string): RosterError => new RosterError("MALFORMED", `the form ${what}`);
