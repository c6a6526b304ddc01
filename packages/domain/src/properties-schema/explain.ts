import type { ErrorObject } from "ajv/dist/2020.js";
import type { Fault } from "../errors.ts";
import { pointer } from "../record/pointer.ts";
import { characters } from "../record/value.ts";

/** The maximum number of faults reported for one value. */
const maxFaults = 100;

/** Keywords whose own error follows the errors of the subschemas that they tried. */
const composite = new Set(["anyOf", "oneOf", "contains", "propertyNames"]);

/**
 * Converts ajv's errors to faults. If all alternatives failed, one fault says so, unless the value has the
 * right type for exactly one of them: then that alternative's faults are reported.
 */
export function explain(errors: readonly ErrorObject[]): Fault[] {
  // The errors of the tried subschemas directly precede the error of a composite keyword.
  const told: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword === "if") continue;
    let start = told.length;
    if (composite.has(error.keyword)) while (isWithin(told[start - 1], error)) start--;
    const tried = told.splice(start);
    if (error.keyword === "propertyNames") told.push({ ...error, message: nameMessage(tried) });
    else told.push(...(onlyFit(error, tried) ?? [error]));
  }
  const faults = new Map<string, Fault>();
  let more = 0;
  for (const error of told) {
    if (faults.size === maxFaults) {
      more++;
      continue;
    }
    const fault: Fault = { pointer: placeOf(error), code: "schema", message: messageOf(error) };
    // A subschema that is referenced twice reports the same fault twice.
    faults.set(`${fault.pointer} ${fault.message}`, fault);
  }
  const all = [...faults.values()];
  if (more > 0) all.push({ pointer: "", code: "schema", message: `breaks the schema in ${more} more ways` });
  return all;
}

const isWithin = (inner: ErrorObject | undefined, outer: ErrorObject): boolean =>
  inner !== undefined &&
  inner.schemaPath.startsWith(`${outer.schemaPath}/`) &&
  (inner.instancePath === outer.instancePath || inner.instancePath.startsWith(`${outer.instancePath}/`));

/** The errors of the only alternative whose type matches the value, if there is exactly one. */
function onlyFit(error: ErrorObject, tried: readonly ErrorObject[]): readonly ErrorObject[] | undefined {
  if ((error.keyword !== "anyOf" && error.keyword !== "oneOf") || matchesSeveral(error)) return undefined;
  const alternatives = new Map<string | undefined, ErrorObject[]>();
  for (const inner of tried) {
    const alternative = inner.schemaPath.slice(error.schemaPath.length + 1).split("/", 1)[0];
    alternatives.set(alternative, [...(alternatives.get(alternative) ?? []), inner]);
  }
  const fits = [...alternatives.values()].filter(
    (of) => !of.some((inner) => inner.keyword === "type" && inner.instancePath === error.instancePath),
  );
  return fits.length === 1 ? fits[0] : undefined;
}

/** Whether a `oneOf` failed because more than one alternative matched. */
const matchesSeveral = ({ params }: ErrorObject): boolean => Array.isArray(params["passingSchemas"]);

const nameMessage = (tried: readonly ErrorObject[]): string =>
  tried.length > 0 ? `the name ${messageOf(tried[0] as ErrorObject)}` : "has a name that is not allowed";

/** The pointer to a fault; for a missing key, the place where it should be. */
function placeOf({ instancePath, keyword, params }: ErrorObject): string {
  switch (keyword) {
    case "required":
    case "dependentRequired":
      return instancePath + pointer(String(params["missingProperty"]));
    case "additionalProperties":
      return instancePath + pointer(String(params["additionalProperty"]));
    case "unevaluatedProperties":
      return instancePath + pointer(String(params["unevaluatedProperty"]));
    case "propertyNames":
      return instancePath + pointer(String(params["propertyName"]));
    default:
      return instancePath;
  }
}

function messageOf(error: ErrorObject): string {
  const { keyword, message = "is not allowed", params, schema } = error;
  switch (keyword) {
    case "required":
      return "is required";
    case "dependentRequired":
      return `is required when ${JSON.stringify(params["property"])} is present`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not a property of the schema";
    case "false schema":
      return "is not allowed";
    case "enum":
      return `must be one of ${shortened((schema as unknown[]).map((choice) => JSON.stringify(choice)).join(", "))}`;
    case "type":
      return `must be ${[params["type"]].flat().join(" or ")}`;
    case "const":
      return `must be ${shortened(JSON.stringify(schema))}`;
    case "uniqueItems":
      return "must not have equal items";
    case "not":
      return "must not match what the schema excludes";
    case "anyOf":
    case "oneOf":
      return matchesSeveral(error)
        ? "matches more than one of the alternatives"
        : "matches none of the alternatives";
    default:
      return shortened(message);
  }
}

const shortened = (text: string): string =>
  characters(text) > 200 ? `${Array.from(text).slice(0, 199).join("")}…` : text;
