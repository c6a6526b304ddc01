/**
 * Where in a request a fault is, in the one text that a fault has for it: a JSON Pointer into the
 * body, or one of these, which no pointer looks like.
 */
export const inQuery = (name: string): string => `?${name}`;
export const inHeader = (name: string): string => `${name}:`;

/** A place as a problem document names it. */
export type Place = { pointer: string } | { parameter: string } | { header: string };

export function placeOf(at: string): Place {
  if (at === "" || at.startsWith("/")) return { pointer: at };
  return at.startsWith("?") ? { parameter: at.slice(1) } : { header: at.slice(0, -1) };
}
