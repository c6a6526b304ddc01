import {
  findables,
  isJsonObject,
  labelOf,
  propertyPrefix,
  type Field,
  type JsonValue,
  type Operator,
} from "@roster/domain";
import { countryName, textOf } from "../../fields/value.tsx";
import { messages } from "../../messages.ts";
import { type KindName } from "../kind.ts";

/** One condition of a filter, as a chip shows it. */
export interface Condition {
  /** The name in the filter; for a property, `properties/` and its path. */
  name: string;
  label: string;
  field: Field;
  operator: Operator | "absent";
  value: JsonValue | undefined;
}

const property: Field = { kind: "text", description: "" };

/** The fields that conditions can be about: those with an index, and the indexed properties of the tenant. */
export function conditionFields(
  kind: KindName,
  properties: readonly string[],
): { name: string; label: string; field: Field }[] {
  const own = [...findables(kind).values()]
    .filter((found) => found.kind !== undefined)
    .map(({ name, policy }) => ({ name, label: labelOf(name, policy), field: policy }));
  return [
    ...own,
    ...properties.map((path) => ({ name: propertyPrefix + path, label: path, field: property })),
  ].toSorted((a, b) => a.label.localeCompare(b.label));
}

/** The conditions of a filter, one for each operator. */
export function readConditions(kind: KindName, filter: Record<string, unknown> = {}): Condition[] {
  return Object.entries(filter).flatMap(([name, written]) => {
    if (name === "properties" && isJsonObject(written))
      return Object.entries(written).flatMap(([path, of]) =>
        partsOf(propertyPrefix + path, path, property, of),
      );
    const policy = findables(kind).get(name)?.policy ?? property;
    return partsOf(name, labelOf(name, policy), policy, written as JsonValue);
  });
}

function partsOf(name: string, label: string, field: Field, written: JsonValue): Condition[] {
  const one = { name, label, field };
  if (written === null) return [{ ...one, operator: "absent", value: undefined }];
  if (!isJsonObject(written))
    return [{ ...one, operator: field.kind === "set" ? "contains" : "equals", value: written }];
  return Object.entries(written).map(([operator, value]) =>
    operator === "present"
      ? { ...one, operator: value === false ? "absent" : "present", value: undefined }
      : { ...one, operator: operator as Operator, value },
  );
}

/** A filter of conditions; undefined for none. */
export function writeConditions(conditions: readonly Condition[]): Record<string, unknown> | undefined {
  const filter: Record<string, Record<string, unknown>> = {};
  const properties: Record<string, Record<string, unknown>> = {};
  for (const { name, operator, value } of conditions) {
    const isProperty = name.startsWith(propertyPrefix);
    const place = isProperty ? properties : filter;
    const key = isProperty ? name.slice(propertyPrefix.length) : name;
    const said =
      operator === "absent"
        ? { present: false }
        : operator === "present"
          ? { present: true }
          : { [operator]: value };
    place[key] = { ...place[key], ...said };
  }
  const all = { ...filter, ...(Object.keys(properties).length > 0 && { properties }) };
  return Object.keys(all).length > 0 ? all : undefined;
}

/** The text of a chip: `Level: Company`, `Date of birth from 1980-01-01`. */
export function conditionText({ label, field, operator, value }: Condition): string {
  const words = messages.operators;
  if (operator === "absent" || operator === "present") return `${label} ${words[operator]}`;
  const shown = [value]
    .flat()
    .map((one) => (field.kind === "country" && typeof one === "string" ? countryName(one) : textOf(one)))
    .join(", ");
  return operator === "equals" || operator === "contains"
    ? `${label}: ${shown}`
    : `${label} ${words[operator]} ${shown}`;
}
