import { customerFields, userFields } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { findColumns, type GuessOptions } from "./columns.ts";
import { writeTarget } from "./target.ts";

const meaning = (
  headers: string[],
  samples: string[][] = [],
  options?: GuessOptions,
  fields: typeof customerFields | typeof userFields = customerFields,
) => {
  const { columns, problems } = findColumns(fields, headers, samples, options);
  return [...columns.map(({ target, by }) => (target ? `${writeTarget(target)} (${by})` : by)), ...problems];
};

describe("columns are understood", () => {
  it.each<[string, string[], string[]]>([
    [
      "by field names",
      ["providedId", "First_Name", "DATE OF BIRTH"],
      ["providedId (header)", "firstName (header)", "dateOfBirth (header)"],
    ],
    [
      "by what people call fields",
      ["E-Mail", "Company", "Tags", "City", "Straße"],
      [
        "email (header)",
        "name (header)",
        "groupTags (header)",
        "addressCity (header)",
        "addressStreet (header)",
      ],
    ],
    [
      "as keys of a JSON field",
      ["properties.plan", "/mapping/40"],
      ["properties.plan:text (header)", "mapping.40:text (header)"],
    ],
    ["as additions to a set", ["emails+"], ["emails+ (header)"]],
    [
      "as set by Roster, and left out",
      ["id", "version", "Created at"],
      ["id (read-only)", "version (read-only)", "createdAt (read-only)"],
    ],
    ["as the reason of an earlier refusal", ["refused because"], ["reason"]],
  ])("%s", (_how, headers, expected) => {
    expect(meaning(headers)).toEqual(expected);
  });

  it("by their values", () => {
    const samples = [
      ["a@x.example", "+44 20 7946 0182"],
      ["b@x.example", ""],
    ];
    expect(meaning(["contact", "reach"], samples)).toEqual(["email (values)", "phone (values)"]);
    expect(meaning(["contact", "email"], [["a@x.example", ""]])[0]).toBe("ignored");
  });

  it("differently for users", () => {
    expect(meaning(["Login", "Company", "Born"], [], {}, userFields)).toEqual([
      "username (header)",
      "organization (header)",
      "birthday (header)",
    ]);
  });

  it("as the mapping says", () => {
    const mapping = {
      Plan: "properties.plan",
      Sex: { field: "gender", values: { w: "female" } },
      Notes: null,
      name: "job",
    };
    const { columns } = findColumns(customerFields, ["Plan", "Sex", "Notes", "name"], [], { mapping });
    expect(columns.map(({ target }) => target && writeTarget(target))).toEqual([
      "properties.plan:text",
      "gender",
      undefined,
      "job",
    ]);
    expect(columns[1]?.values).toEqual(new Map([["w", "female"]]));
  });

  it("as properties, with the types of their values", () => {
    const samples = [
      ["1", "yes", "01", "x", ""],
      ["2.5", "no", "2", "", ""],
    ];
    expect(meaning(["seats", "vip", "code", "a.b", "none"], samples, { unmapped: "properties" })).toEqual([
      "properties.seats:number (header)",
      "properties.vip:boolean (header)",
      "properties.code:text (header)",
      "/properties/a.b:text (header)",
      "properties.none:text (header)",
    ]);
  });
});

describe("columns are refused", () => {
  it.each<[string, string[], GuessOptions, string]>([
    [
      "if they match no field",
      ["Nonsense"],
      {},
      'the column "Nonsense" matches no field; map it, or say what becomes of such columns',
    ],
    [
      "if they are misspelt, with the field that may be meant",
      ["fristName"],
      {},
      'the column "fristName" matches no field; did you mean firstName? Otherwise map it, or say what becomes of such columns',
    ],
    ["without a header", [""], {}, "column 1 has no header"],
    [
      "if two are for one value",
      ["E-Mail", "email"],
      {},
      'the columns "E-Mail" and "email" are both for email',
    ],
    ["if the mapping names no column", ["name"], { mapping: { nmae: "name" } }, 'there is no column "nmae"'],
    [
      "if the mapping names no field",
      ["a"],
      { mapping: { a: "nmae" } },
      'the column "a": there is no field "nmae"; did you mean name?',
    ],
  ])("%s", (_why, headers, options, problem) => {
    expect(findColumns(customerFields, headers, [], options).problems).toEqual([problem]);
  });

  it("unless the caller says what becomes of them", () => {
    expect(meaning(["Nonsense", ""], [], { unmapped: "ignore" })).toEqual(["ignored", "ignored"]);
  });
});
