/**
 * Encodes the place of a fault in one text: a JSON Pointer into the body, which is empty or begins with a
 * slash; `?` and the name of a parameter; or the name of a header.
 */
export const inQuery = (name: string): string => `?${name}`;
export const inHeader = (name: string): string => name;

/** The place of a fault in a problem document. */
export type Place = { pointer: string } | { parameter: string } | { header: string };

export function placeOf(at: string): Place {
  if (at === "" || at.startsWith("/")) return { pointer: at };
  return at.startsWith("?") ? { parameter: at.slice(1) } : { header: at };
}
