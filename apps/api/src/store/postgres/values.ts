import type { Scalar } from "../rows.ts";
import type { Column } from "../tables.ts";

/** What PostgreSQL sends as text, by the type's OID, as a JavaScript value. JSON stays text, as it was written. */
const parsers: Record<number, (text: string) => unknown> = {
  16: (text) => text === "t",
  // No integer that is stored is larger than Number.MAX_SAFE_INTEGER: the field policies see to it.
  20: Number,
  23: Number,
};

const asText = (text: string): unknown => text;

/** For the driver, in place of its own parsers. */
export const types = { getTypeParser: (oid: number) => parsers[oid] ?? asText } as never;

/** The PostgreSQL type of a column's values. */
export function typeOf({ policy }: Column): "bigint" | "boolean" | "json" | "text" {
  switch (policy.kind) {
    case "integer":
      return "bigint";
    case "boolean":
      return "boolean";
    case "json":
    case "set":
      return "json";
    default:
      return "text";
  }
}

/** A text that no row can have: PostgreSQL keeps no U+0000, and does not even let one ask for it. */
export const isNowhere = (value: unknown): boolean => typeof value === "string" && value.includes("\0");

/**
 * A parameter of an array type, from its values: for `unnest`, by which one statement takes any
 * number of rows.
 */
export function arrayOf(values: readonly Scalar[]): string {
  let text = "{";
  for (const [i, value] of values.entries()) {
    if (i > 0) text += ",";
    if (value === null) text += "NULL";
    else if (typeof value === "number") text += value;
    else if (typeof value !== "string") throw new TypeError(`a ${typeof value} cannot be written`);
    else text += `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, "\\$&") : value}"`;
  }
  return text + "}";
}

/** Rows of the same length, turned into one array for each column. */
export const columnsOf = (rows: readonly (readonly Scalar[])[]): string[] =>
  (rows[0] ?? []).map((_, i) => arrayOf(rows.map((row) => row[i] as Scalar)));

/** `unnest($1::bigint[], $2::text[], …)` */
export const unnest = (...arrayTypes: readonly string[]): string =>
  `unnest(${arrayTypes.map((type, i) => `$${i + 1}::${type}[]`).join(", ")})`;
