import { nearestName, RosterError, type Fault } from "@roster/domain";
import { inQuery } from "../place.ts";
import type { Call, Parameter } from "./operation.ts";

/** A part of a query: the parameters that it has, and what they say together. */
export interface Query<Read> {
  parameters: readonly Parameter[];
  /** @returns undefined where what is wrong, which is then among the call's faults, leaves nothing */
  read(call: Call): Read | undefined;
}

/**
 * Reads the query of a request: each parameter as the value that its text stands for.
 *
 * @param faults receives what is unknown, what comes twice, and what is of another type
 * @throws RosterError MALFORMED for a query that is not UTF-8 in percent-encoding
 */
export function readQuery(
  request: Request,
  parameters: readonly Parameter[],
  faults: Fault[],
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, text] of pairs(request.url)) {
    const parameter = parameters.find((known) => known.name === name);
    if (!parameter) {
      faults.push({ pointer: inQuery(name), code: "unknown_field", message: unknown(name, parameters) });
    } else if (name in values) {
      faults.push({ pointer: inQuery(name), code: "ambiguous", message: "is given more than once" });
    } else {
      values[name] = typed(text, parameter, faults);
    }
  }
  return values;
}

function unknown(name: string, parameters: readonly Parameter[]): string {
  const names = parameters.map((one) => one.name);
  const near = nearestName(names)(name);
  const meant = near === undefined ? "" : `did you mean ${near}? There `;
  return `is not a parameter here; ${meant || "there "}are ${names.join(", ") || "none"}`;
}

/** The names and texts of a query, as forms are encoded; unlike URLSearchParams, never with U+FFFD for what is broken. */
function pairs(url: string): [name: string, text: string][] {
  const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(url) ?? [];
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.includes("=") ? pair.indexOf("=") : pair.length;
      return [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new RosterError("MALFORMED", "the query has a % that does not begin a byte of UTF-8");
  }
}

/**
 * What a text stands for in a parameter of this schema.
 * @returns undefined, with a fault, for what stands for nothing there
 */
function typed(text: string, { name, schema }: Parameter, faults: Fault[]): unknown {
  const { type, enum: options } = schema;
  if (type === "array") return text.split(",");
  if (type === "integer") return /^-?\d{1,16}$/.test(text) ? Number(text) : mistyped("a whole number");
  if (type === "boolean") {
    return text === "true" || text === "false" ? text === "true" : mistyped("true or false");
  }
  // A choice may have truths among its words.
  const all: unknown[] = Array.isArray(options) ? options : [];
  return all.find((option) => String(option) === text) ?? text;

  function mistyped(expected: string): undefined {
    faults.push({ pointer: inQuery(name), code: "invalid_type", message: `must be ${expected}` });
  }
}
