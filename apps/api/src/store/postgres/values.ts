import type { Scalar } from "../rows.ts";

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

/** A parameter of an array type, from its values. */
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
