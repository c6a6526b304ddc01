import { customerFields, type JsonValue } from "@roster/domain";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textReader, writeCell, type ReadingOptions } from "./cell.ts";
import { defused, restored } from "./formula.ts";
import { parseTarget, type Target } from "./target.ts";

const target = (text: string): Target => {
  const found = parseTarget(customerFields, text);
  if (typeof found === "string") throw new Error(found);
  return found;
};

describe("a cell is read by the kind of its field", () => {
  it.each<[field: string, cell: string, options: ReadingOptions, expected: unknown]>([
    ["name", " Acme ", {}, " Acme "],
    ["name", " Acme ", { trim: true }, "Acme"],
    ["email", " a@x.example ", {}, "a@x.example"],
    ["isDemo", "Yes", {}, true],
    ["isDemo", "perhaps", {}, '"perhaps" is neither true nor false'],
    ["userId", "1.234", { locale: "de" }, 1234],
    ["userId", "x", {}, '"x" is not a number'],
    ["dateOfBirth", "1.3.2026", { dateFormat: "D.M.YYYY" }, "2026-03-01"],
    ["dateOfBirth", "1.3.2026", {}, '"1.3.2026" is not a date; say in which format dates are'],
    ["timestamp", "2026-03-01 10:00", { timeZone: "Asia/Tokyo" }, "2026-03-01T01:00:00.000Z"],
    ["gender", "Female", {}, "female"],
    ["emails", "a@x.example, b@x.example", {}, ["a@x.example", "b@x.example"]],
    ["groupTags", "a, b; c;", {}, ["a, b", "c"]],
    ["groupTags", "a|b", { listSeparator: "|" }, ["a", "b"]],
    ["groupTags", '["a;b"]', {}, ["a;b"]],
    ["properties", '{"a":1}', {}, { a: 1 }],
    ["properties", '{"a":1e999}', {}, "/a is a number that a double cannot hold exactly; write it as a text"],
    ["properties", "a", {}, "is not JSON"],
    ["properties.zip", "01234", {}, "01234"],
    ["properties.zip:json", "01234", {}, "01234"],
    ["properties.zip:json", '"1234"', {}, "1234"],
    ["properties.seats:number", "1.234", { locale: "de" }, 1234],
    ["properties.seats:number", "many", {}, '"many" is not a number'],
    ["properties.vip:boolean", "no", {}, false],
  ])("%s: %j with %j", (field, cell, options, expected) => {
    const read = textReader(options).read(target(field), cell);
    expect("value" in read ? read.value : read.fault.message).toEqual(expected);
  });
});

describe("formulas", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"],
    ["\t=1", "'\t=1"],
    ["'quoted'", "''quoted'"],
    ["", "'"],
    ["+442079460182", "+442079460182"],
    ["-12.5", "-12.5"],
    ["it's", "it's"],
  ])("%j is written as %j", (text, cell) => {
    expect(defused(text)).toBe(cell);
    expect(restored(cell)).toBe(text);
  });

  it("a text that was not written by Roster keeps its apostrophe", () => {
    expect(restored("'tis")).toBe("'tis");
  });

  it("any text comes back", () => {
    const text = fc.string({ unit: fc.constantFrom("'", "=", "+", "-", "1", "a", "@", "\t", "\n", "＝") });
    fc.assert(fc.property(text, (written) => restored(defused(written)) === written));
  });
});

describe("a value written to a cell is read as the same value", () => {
  const { read } = textReader({});
  const comesBack = (to: Target, value: JsonValue) => {
    const found = read(to, restored(writeCell(to.policy, to.path, value)));
    expect("value" in found ? found.value : found).toEqual(value);
  };

  it("for any JSON below a property", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "1", '"', "{", " ", "=", "'", "true", "null", ".") });
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.jsonValue({ noUnicodeString: false }),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
        ),
        (value) => {
          if (Object.is(value, -0) || value === null) return;
          comesBack(target("properties.a:json"), JSON.parse(JSON.stringify(value)) as JsonValue);
        },
      ),
    );
  });

  it("for any set that is not empty", () => {
    const entry = fc.string({ unit: fc.constantFrom("a", ";", ",", "[", '"', "=", "é", "]"), minLength: 1 });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => comesBack(target("groupTags"), entries)),
    );
  });
});
