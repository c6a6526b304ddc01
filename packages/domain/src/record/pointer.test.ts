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

test("an array index is written as a number", () => {
  expect(pointer("add", "emails", 10)).toBe("/add/emails/10");
});

test("~01 decodes to ~1, not to /", () => {
  expect(segments("/~01")).toEqual(["~1"]);
});

test("any reference tokens survive a round trip", () => {
  const token = fc.string({ unit: fc.constantFrom("~", "/", "0", "1", "a", "é", "𝒳") });
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      expect(segments(pointer(...tokens))).toEqual(tokens);
    }),
  );
});
