import type { Scalar } from "../rows.ts";

/** Parsers of PostgreSQL's text format, by the type's OID. JSON stays the stored text. */
const parsers: Record<number, (text: string) => unknown> = {
  16: (text) => text === "t",
  // No stored integer exceeds Number.MAX_SAFE_INTEGER: the field policies ensure it.
  20: Number,
  23: Number,
};

const asText = (text: string): unknown => text;

/** Replaces the driver's own parsers. */
export const types = { getTypeParser: (oid: number) => parsers[oid] ?? asText } as never;

/** Encodes values as an array parameter. */
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

/** Encodes rows of equal length as one array parameter per column. */
export const columnsOf = (rows: readonly (readonly Scalar[])[]): string[] =>
  (rows[0] ?? []).map((_, i) => arrayOf(rows.map((row) => row[i] as Scalar)));
