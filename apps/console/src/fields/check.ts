import { parseValue, type Fault, type Field, type Fields, type JsonValue } from "@roster/domain";
import { readCountry, readPhone } from "@roster/domain/formats";

/**
 * Checks a value by the rules of the domain, as the server will, before anything is sent. What only the
 * server knows, such as whether an id is taken, it reports itself.
 *
 * @returns what is wrong, in words; undefined if nothing is
 */
function checkValue(field: Field, value: JsonValue): string | undefined {
  const faults: Fault[] = [];
  parseValue(field, value, "", faults);
  const [fault] = faults;
  if (fault) return fault.pointer === "" ? fault.message : `${fault.pointer}: ${fault.message}`;
  if (typeof value !== "string") return undefined;
  // A number without a country code may be right in the country of the tenant, which the server knows.
  const isInternational = value.trim().startsWith("+");
  const read =
    field.kind === "country"
      ? readCountry(value)
      : field.kind === "phone" && isInternational
        ? readPhone(value, null)
        : undefined;
  return typeof read === "object" ? read.message : undefined;
}

/** The faults of values by field. */
export function checkValues(
  fields: Fields,
  values: Readonly<Record<string, JsonValue>>,
): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const fault = checkValue(fields[name] as Field, value);
    if (fault !== undefined) faults[name] = fault;
  }
  return faults;
}
