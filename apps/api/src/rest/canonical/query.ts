import {
  maxFaults,
  nearestName,
  parseJson,
  refusal,
  RosterError,
  type Fault,
  type JsonObject,
} from "@roster/domain";
import { pairsIn, queryIn } from "../pairs.ts";
import { inQuery, moved } from "../place.ts";
import { json, type Call, type Parameter } from "./operation.ts";

/** A group of query parameters and their combined meaning. */
export interface Query<Read> {
  parameters: readonly Parameter[];
  /** @returns undefined if the faults, which are added to the call's, leave nothing usable */
  read(call: Call): Read | undefined;
}

/** The call, if it has no faults. @throws RosterError INVALID */
export function checked(call: Call): Call {
  if (call.faults.length > 0) throw refusal(call.faults);
  return call;
}

/** The values that several queries read from a call. @throws RosterError INVALID */
export function readAll<Reads extends unknown[]>(
  call: Call,
  ...queries: { [Index in keyof Reads]: Query<Reads[Index]> }
): Reads {
  const read = queries.map((query: Query<unknown>) => query.read(call));
  if (read.includes(undefined)) throw refusal(call.faults);
  checked(call);
  return read as Reads;
}

/**
 * Parses the query of a request and converts each parameter to the type of its schema.
 *
 * @param faults receives unknown, repeated and mistyped parameters
 * @throws RosterError MALFORMED if the query is not percent-encoded UTF-8
 */
export function readQuery(
  request: Request,
  parameters: readonly Parameter[],
  faults: Fault[],
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  let unknown: ReturnType<typeof unknownAmong> | undefined;
  for (const [name, text] of pairsIn(queryIn(request.url), malformed)) {
    const parameter = parameters.find((known) => known.name === name);
    if (!parameter) {
      // More than a refusal lists are not looked at: a query can have very many.
      if (faults.length >= maxFaults) continue;
      unknown ??= unknownAmong(parameters);
      faults.push({ pointer: inQuery(name), code: "unknown_field", message: unknown(name) });
    } else if (name in values) {
      faults.push({ pointer: inQuery(name), code: "ambiguous", message: "is given more than once" });
    } else {
      values[name] = typed(text, parameter, faults);
    }
  }
  return values;
}

const malformed = (what: string): RosterError => new RosterError("MALFORMED", `the query ${what}`);

/** @returns the value of a JSON text; undefined, with a fault, if it is none */
function readJson(text: string, name: string, faults: Fault[]): unknown {
  try {
    const { value, faults: losses } = parseJson(text);
    faults.push(...moved(losses, () => inQuery(name)));
    return value;
  } catch {
    faults.push({ pointer: inQuery(name), code: "invalid_format", message: "is not JSON" });
    return undefined;
  }
}

/** More names than this are not listed in a message. */
const mostListed = 40;

/** Returns a function that makes the fault of a parameter whose name is not one of these. */
function unknownAmong(parameters: readonly Parameter[]): (name: string) => string {
  const names = parameters.map((one) => one.name);
  const nearest = nearestName(names);
  return (name) => {
    const near = nearest(name);
    const meant = near === undefined ? "" : `did you mean ${near}? There `;
    if (names.length > mostListed)
      return `is not a parameter here${near === undefined ? "" : `; did you mean ${near}?`}`;
    return `is not a parameter here; ${meant || "there "}are ${names.join(", ") || "none"}`;
  };
}

/**
 * Converts a text to the type of its parameter.
 * @returns undefined, with a fault, if that is impossible
 */
function typed(text: string, { name, schema }: Parameter, faults: Fault[]): unknown {
  const { type, enum: options, contentMediaType } = schema;
  if (contentMediaType === json) return readJson(text, name, faults);
  if (type === "array") {
    const items = schema["items"] as JsonObject;
    const values = text
      .split(",")
      .map((item) => typed(item, { name, description: "", schema: items }, faults));
    return values.includes(undefined) ? undefined : values;
  }
  if (type === "integer") return /^-?\d{1,16}$/.test(text) ? Number(text) : mistyped("a whole number");
  if (type === "boolean") {
    return text === "true" || text === "false" ? text === "true" : mistyped("true or false");
  }
  // A choice may have booleans among its options.
  const all: unknown[] = Array.isArray(options) ? options : [];
  return all.find((option) => String(option) === text) ?? text;

  function mistyped(expected: string): undefined {
    faults.push({ pointer: inQuery(name), code: "invalid_type", message: `must be ${expected}` });
  }
}
