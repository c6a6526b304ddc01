import type { Field, Fields } from "@roster/domain";
import * as fc from "fast-check";

/** Awkward segments of a JSON Pointer, escaped. */
export const oddParts = [
  "",
  "-",
  "0",
  "1",
  "-1",
  "00",
  "99999999999999999999",
  "~",
  "~0",
  "~1",
  "~2",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "length",
  "then",
  " ",
  "\u0000",
  "\ud800",
  "漢",
  "x".repeat(5_000),
] as const;

const names = fc.constantFrom("plan", "seats", "list", "a", "a~1b", "40", "none");
const part = fc.oneof(
  { weight: 2, arbitrary: names },
  { weight: 3, arbitrary: fc.constantFrom(...oddParts) },
);

/** The depth of a pointer below its field. */
const depths = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 10, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(33, 100, 500) },
);

/** Field names, and JSON Pointers into every field, most of which lead nowhere. */
export const pointersInto = (fields: Fields): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...Object.keys(fields)), depths)
        .chain(([field, depth]) =>
          fc
            .array(part, { minLength: depth, maxLength: depth })
            .map((parts) => `/${[field, ...parts].join("/")}`),
        ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(fields)) },
    {
      weight: 1,
      arbitrary: fc.array(part, { maxLength: 3 }).map((parts) => parts.map((one) => `/${one}`).join("")),
    },
    { weight: 1, arbitrary: part },
  );

/** Field names, and pointers to likely members of JSON fields. */
export const usualPointers = (fields: Fields): fc.Arbitrary<string> =>
  fc.constantFrom(
    ...Object.entries(fields).flatMap(([name, { kind }]: [string, Field]) =>
      kind === "json" ? [name, `/${name}/plan`, `/${name}/a`] : [name],
    ),
  );
