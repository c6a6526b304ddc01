import { RosterError, type Fault } from "@roster/domain";

/**
 * Encodes the place of a fault in one text: a JSON Pointer into the body, which is empty or begins with a
 * slash; `?` and the name of a parameter; or the name of a header.
 */
export const inQuery = (name: string): string => `?${name}`;
export const inHeader = (name: string): string => name;

/** Moves faults to other places. */
export const moved = (faults: readonly Fault[], to: (place: string) => string): Fault[] =>
  faults.map((fault) => ({ ...fault, pointer: to(fault.pointer) }));

/** Refuses the value of a header. */
export const headerRefusal = (
  name: string,
  message: string,
  code: Fault["code"] = "invalid_format",
): RosterError =>
  new RosterError("MALFORMED", `${name}: ${message}`, {
    faults: [{ pointer: inHeader(name), code, message }],
  });

/** The place of a fault in a problem document. */
export type Place = { pointer: string } | { parameter: string } | { header: string };

export function placeOf(at: string): Place {
  if (at === "" || at.startsWith("/")) return { pointer: at };
  return at.startsWith("?") ? { parameter: at.slice(1) } : { header: at };
}
