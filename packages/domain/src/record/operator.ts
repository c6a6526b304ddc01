import type { Field } from "./field.ts";

/** The operators of conditions. They stand apart from filters, which need the parsers of values. */

/** The names of the operators that a condition can use. */
export type Operator = "equals" | "in" | "present" | "startsWith" | "gte" | "gt" | "lte" | "lt" | "contains";

const ofTexts: readonly Operator[] = ["equals", "in", "startsWith", "present"];
const ofRanges: readonly Operator[] = ["equals", "in", "gte", "gt", "lte", "lt", "present"];
const ofOthers: readonly Operator[] = ["equals", "in", "present"];

/** The operators that fit a value, the shortest first. */
export function operatorsOf({ kind, nullable }: Field): readonly Operator[] {
  if (kind === "set") return ["contains", "in", "present"];
  const all =
    kind === "date" || kind === "instant" || kind === "integer"
      ? ofRanges
      : kind === "text" || kind === "email" || kind === "phone"
        ? ofTexts
        : ofOthers;
  return nullable === false ? all.filter((operator) => operator !== "present") : all;
}
