import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fault } from "../errors.ts";
import { frozen } from "../testing/records.ts";
import {
  boolean,
  choice,
  date,
  email,
  emailSet,
  instant,
  integer,
  json,
  text,
  textSet,
  type Field,
} from "./field.ts";
import { characters, parseValue, setKey, union, without } from "./value.ts";

const description = "";
const limited = text({ max: 3, min: 1, description });
const tags = textSet({ max: 3, description });
const emails = emailSet({ description });
const scopes = textSet({ options: ["read", "write"], description });

function parsed(field: Field, value: unknown) {
  const faults: Fault[] = [];
  return { value: parseValue(field, value, "/f", faults), faults };
}

describe("values are kept as written:", () => {
  test.each<[what: string, field: Field, value: unknown]>([
    ["text at its longest", limited, "abc"],
    ["text of three characters in six code units", limited, "𝒳𝒴𝒵"],
    ["empty text", text({ description }), ""],
    ["an address in its own case", email({ description }), "Ada.L+x@Sub.Example.COM"],
    ["a leap day", date({ description }), "2024-02-29"],
    ["a leap day of a fourth century", date({ description }), "2000-02-29"],
    ["zero", integer({ description }), 0],
    ["the largest safe integer", integer({ description }), Number.MAX_SAFE_INTEGER],
    ["false", boolean({ description }), false],
    ["one of the words", choice(["a", "b"], { description }), "b"],
    ["an empty object", json({ description }), {}],
    ["an empty set", tags, []],
    ["a set with the maximum number of entries", tags, ["c", "a", "b"]],
    ["entries from a closed list", scopes, ["write"]],
    ["null", text({ description }), null],
  ])("%s", (_what, field, value) => {
    expect(parsed(field, frozen(value))).toEqual({ value, faults: [] });
  });
});

describe("instants are stored in UTC with milliseconds:", () => {
  test.each<[written: unknown, kept: string]>([
    ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z"],
    ["2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.100Z"],
    ["2020-01-01T00:00:00.123999Z", "2020-01-01T00:00:00.123Z"],
    ["2020-01-01T01:00:00+05:30", "2019-12-31T19:30:00.000Z"],
    ["2020-12-31T23:30:00-01:00", "2021-01-01T00:30:00.000Z"],
    ["2024-02-29T23:59:59.999-00:00", "2024-02-29T23:59:59.999Z"],
    [new Date("1969-07-20T20:17:40.5Z"), "1969-07-20T20:17:40.500Z"],
  ])("%s", (written, kept) => {
    expect(parsed(instant({ description }), written)).toEqual({ value: kept, faults: [] });
  });
});

describe("values are refused:", () => {
  test.each<[what: string, field: Field, value: unknown, code: string]>([
    ["no text", limited, "", "too_short"],
    ["text that is too long", limited, "abcd", "too_long"],
    ["four characters in eight code units", limited, "𝒳𝒴𝒵𝒳", "too_long"],
    ["a number for text", limited, 5, "invalid_type"],
    ["NUL", limited, "a\u0000", "invalid_format"],
    ["half of a surrogate pair", limited, "\uD835", "invalid_format"],
    ["an address without a host", email({ description }), "ada", "invalid_format"],
    ["an address with a line break", email({ description }), "ada@x.example\n", "invalid_format"],
    ["an address that is too long", email({ description }), `${"a".repeat(255)}@x.example`, "too_long"],
    ["a date with a month 13", date({ description }), "2020-13-01", "invalid_format"],
    ["30 February", date({ description }), "2020-02-30", "invalid_format"],
    ["31 April", date({ description }), "2020-04-31", "invalid_format"],
    ["a leap day of a common year", date({ description }), "2023-02-29", "invalid_format"],
    ["a leap day of a common century", date({ description }), "1900-02-29", "invalid_format"],
    ["a date-time for a date", date({ description }), "2020-01-01T00:00:00Z", "invalid_format"],
    ["a Date for a calendar date", date({ description }), new Date(0), "invalid_type"],
    [
      "an instant on a day that does not exist",
      instant({ description }),
      "2023-02-29T00:00:00Z",
      "invalid_format",
    ],
    ["an instant at hour 24", instant({ description }), "2023-01-01T24:00:00Z", "invalid_format"],
    ["an instant without an offset", instant({ description }), "2023-01-01T00:00:00", "invalid_format"],
    ["a date for an instant", instant({ description }), "2023-01-01", "invalid_format"],
    ["a number for an instant", instant({ description }), 0, "invalid_type"],
    ["an invalid Date", instant({ description }), new Date(NaN), "invalid_type"],
    [
      "an instant before year 0 in UTC",
      instant({ description }),
      "0000-01-01T00:00:00+01:00",
      "out_of_range",
    ],
    [
      "an instant after year 9999 in UTC",
      instant({ description }),
      "9999-12-31T23:30:00-01:00",
      "out_of_range",
    ],
    ["a Date in the far future", instant({ description }), new Date(8.64e15), "out_of_range"],
    ["a fraction", integer({ description }), 1.5, "invalid_type"],
    ["digits for an integer", integer({ description }), "1", "invalid_type"],
    ["NaN", integer({ description }), NaN, "invalid_type"],
    ["a negative integer", integer({ description }), -1, "out_of_range"],
    ["a negative integer that is not safe", integer({ description }), -1e300, "out_of_range"],
    ["an integer that is not safe", integer({ description }), 2 ** 53, "out_of_range"],
    ["a word instead of a boolean", boolean({ description }), "true", "invalid_type"],
    ["0 for a boolean", boolean({ description }), 0, "invalid_type"],
    ["another word", choice(["a", "b"], { description }), "c", "invalid_choice"],
    ["a word in another case", choice(["a", "b"], { description }), "A", "invalid_choice"],
    ["an array instead of an object", json({ description }), [], "invalid_type"],
    ["text for an object", json({ description }), "{}", "invalid_type"],
    ["a Date instead of an object", json({ description }), new Date(0), "invalid_type"],
    ["text for a set", tags, "a", "invalid_type"],
    ["more entries than a set may have", tags, ["a", "b", "c", "d"], "too_many"],
    ["null in a field that is not nullable", boolean({ nullable: false, description }), null, "not_nullable"],
    ["null for a set", tags, null, "not_nullable"],
  ])("%s", (_what, field, value, code) => {
    const { value: kept, faults } = parsed(field, value);
    expect(kept).toBeUndefined();
    expect(faults).toEqual([{ pointer: "/f", code, message: expect.stringMatching(/\w/) as string }]);
  });

  test("with a fault for each invalid entry of a set", () => {
    const sparse: unknown[] = ["a"];
    sparse[2] = "c";
    const table: [Field, unknown[], string[]][] = [
      [
        textSet({ description }),
        ["a", "", null, 4, "b"],
        ["/f/1 too_short", "/f/2 invalid_type", "/f/3 invalid_type"],
      ],
      [emails, ["ada@x.example", "ada"], ["/f/1 invalid_format"]],
      [scopes, ["read", "admin"], ["/f/1 invalid_choice"]],
      [tags, sparse, ["/f/1 invalid_type"]],
    ];
    for (const [field, value, wrong] of table) {
      expect(parsed(field, value).faults.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(wrong);
    }
  });

  test("with a message that states the limit", () => {
    expect(parsed(limited, "𝒳𝒴𝒵𝒳").faults[0]?.message).toBe("has 4 characters, more than 3");
    expect(parsed(tags, ["a", "b", "c", "d"]).faults[0]?.message).toBe("has 4 entries, more than 3");
  });
});

test("characters are code points", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      expect(characters(value)).toBe(Array.from(value).length);
    }),
  );
});

describe("sets", () => {
  const address = fc.constantFrom("a@x.example", "A@x.example", "b@X.example", "B@x.example", "c@x.example");
  const set = fc.array(address, { maxLength: 6 }).map((items) => union(emails, [], items));
  const keys = (items: readonly string[]) => items.map((item) => setKey(emails, item));

  test("unite with each address once in any case, first those of the first set in their own spelling", () => {
    fc.assert(
      fc.property(set, fc.array(address), (before, more) => {
        const after = union(emails, frozen(before), frozen(more));
        expect(after.slice(0, before.length)).toEqual(before);
        expect(new Set(keys(after))).toEqual(new Set(keys([...before, ...more])));
        expect(new Set(keys(after)).size).toBe(after.length);
      }),
    );
  });

  test("lose removed addresses in any case, and keep all others unchanged", () => {
    fc.assert(
      fc.property(set, fc.array(address), (before, gone) => {
        const left = without(emails, frozen(before), frozen(gone));
        const out = gone.map((item) => item.toLowerCase());
        expect(left).toEqual(before.filter((item) => !out.includes(item.toLowerCase())));
      }),
    );
  });

  test("distinguish names by case", () => {
    expect(union(tags, ["a"], ["A", "a"])).toEqual(["a", "A"]);
    expect(without(tags, ["a", "A"], ["A"])).toEqual(["a"]);
  });
});
