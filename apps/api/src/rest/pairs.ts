import type { RosterError } from "@roster/domain";

/** The query of a URL, as it is written. */
export const queryIn = (url: string): string => /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? "";

/**
 * The decoded names and values of a query or a form. Unlike URLSearchParams, it never substitutes U+FFFD for
 * invalid bytes.
 *
 * @param malformed makes the refusal of a text that is not percent-encoded UTF-8
 */
export function pairsIn(
  text: string,
  malformed: (what: string) => RosterError,
): [name: string, text: string][] {
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part.replaceAll("+", " "));
    } catch {
      throw malformed("has a % that does not begin a UTF-8 byte");
    }
  };
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.includes("=") ? pair.indexOf("=") : pair.length;
      return [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
    });
}
