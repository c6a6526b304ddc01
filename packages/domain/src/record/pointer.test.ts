import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pointer, segments } from "./pointer.ts";

test.each<[text: string, tokens: string[]]>([
  ["", []],
  ["/foo", ["foo"]],
  ["/foo/0", ["foo", "0"]],
  ["/", [""]],
  ["/a~1b", ["a/b"]],
  ["/c%d", ["c%d"]],
  ["/e^f", ["e^f"]],
  ["/g|h", ["g|h"]],
  ["/i\\j", ["i\\j"]],
  ['/k"l', ['k"l']],
  ["/ ", [" "]],
  ["/m~0n", ["m~n"]],
])("RFC 6901, section 5: %j names %j", (text, tokens) => {
  expect(segments(text)).toEqual(tokens);
  expect(pointer(...tokens)).toBe(text);
});

test("an index is written as a number", () => {
  expect(pointer("add", "emails", 10)).toBe("/add/emails/10");
});

test("~01 is ~1 and not /", () => {
  expect(segments("/~01")).toEqual(["~1"]);
});

test("any tokens survive", () => {
  const token = fc.string({ unit: fc.constantFrom("~", "/", "0", "1", "a", "é", "𝒳") });
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      expect(segments(pointer(...tokens))).toEqual(tokens);
    }),
  );
});
