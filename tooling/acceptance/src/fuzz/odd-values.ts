import * as fc from "fast-check";
import { members, Raw, type Tree } from "./tree.ts";

/** Odd values by kind: most are valid for one field and invalid for all others. */
export const oddValues = {
  "no value": [null],
  truth: [true, false],
  "a number": [0, -1, 1.5, 2 ** 31, 5e-324, new Raw("-0")],
  "a number that no double holds": [
    new Raw("9007199254740993"),
    new Raw("-9223372036854775809"),
    new Raw("0.1000000000000000055511151231257827021181583404541015625"),
    new Raw("1e400"),
    new Raw(`1${"0".repeat(400)}`),
  ],
  "a text that is no number": ["NaN", "Infinity", "-0", "1e999", "0x10", "9007199254740993"],
  "a date": ["2026-02-30", "0000-00-00", "2026-03-01t09:30:00z", "2026-12-31T23:59:60Z", "Invalid Date"],
  "half of a surrogate pair": ["\ud800", "a\udc00\ud800b", members({ "\ud800": 1 })],
  NUL: ["\u0000", "a\u0000b", members({ "a\u0000": "\u0000" })],
  "a huge text": ["x".repeat(70_000), "漢".repeat(30_000)],
  "a list": [[], ["x"], [null], [["x"]], [members({ a: 1 })]],
  "an object": [
    members({}),
    members({ 0: "x" }),
    members({ length: 1 }),
    members({ a: members({ b: [members({ c: null })] }) }),
    members({ toJSON: "x", valueOf: "y" }),
  ],
} as const satisfies Record<string, readonly Tree[]>;

export const oddValue: fc.Arbitrary<Tree> = fc
  .constantFrom<readonly Tree[]>(...Object.values(oddValues))
  .chain((values) => fc.constantFrom(...values));
