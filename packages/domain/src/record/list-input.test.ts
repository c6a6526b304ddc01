import { describe, expect, test } from "vitest";
import { wrong } from "../testing/records.ts";
import { customerListSchema, pageSchema, parseBySchema, userListSchema } from "./list-input.ts";

const faultsOf = (input: unknown, schema: Parameters<typeof parseBySchema>[0] = customerListSchema) =>
  wrong(parseBySchema(schema, input).faults);

describe("a list request is parsed:", () => {
  test.each<[input: object, read: object]>([
    [{}, { limit: 50, order: "asc" }],
    [
      { limit: 200, order: "desc", sort: "name", cursor: "x" },
      { limit: 200, order: "desc", sort: "name", cursor: "x" },
    ],
    [{ filter: { email: "Ada@X.example" } }, { filter: { email: "ada@x.example" } }],
    [
      { filter: { changedSince: "2020-01-01T01:00:00+01:00" } },
      { filter: { changedSince: "2020-01-01T00:00:00.000Z" } },
    ],
    [{ filter: { changedSince: new Date(0) } }, { filter: { changedSince: "1970-01-01T00:00:00.000Z" } }],
    [{ filter: { deleted: "any" } }, { filter: { deleted: "any" } }],
    [{ filter: { deleted: true } }, { filter: { deleted: true } }],
    [{ filter: { namePrefix: "Ac" } }, { filter: { namePrefix: "Ac" } }],
    [
      { filter: { namePrefix: "Ac" }, sort: "name" },
      { filter: { namePrefix: "Ac" }, sort: "name" },
    ],
    [{ filter: { namePrefix: "𝒳".repeat(255) } }, { filter: { namePrefix: "𝒳".repeat(255) } }],
    [
      {
        filter: {
          groupTag: "a",
          hierarchyLevel: "b",
          parent: "c",
          stripeCustomerId: "d",
          ssoId: "e",
          uuid: "f",
        },
      },
      {
        filter: {
          groupTag: "a",
          hierarchyLevel: "b",
          parent: "c",
          stripeCustomerId: "d",
          ssoId: "e",
          uuid: "f",
        },
      },
    ],
  ])("%j", (input, read) => {
    const { value, faults } = parseBySchema(customerListSchema, input);
    expect(faults).toEqual([]);
    expect(value).toEqual({ limit: 50, order: "asc", ...read });
  });
});

describe("a list request is refused:", () => {
  test.each<[fault: string, input: unknown]>([
    [" invalid_type", []],
    [" invalid_type", null],
    ["/limit out_of_range", { limit: 0 }],
    ["/limit out_of_range", { limit: 201 }],
    ["/limit out_of_range", { limit: 1e300 }],
    ["/limit invalid_type", { limit: 1.5 }],
    ["/limit invalid_type", { limit: "10" }],
    ["/cursor too_long", { cursor: "x".repeat(4097) }],
    ["/cursor invalid_type", { cursor: null }],
    ["/sort invalid_choice", { sort: "gender" }],
    ["/order invalid_choice", { order: "up" }],
    ["/filter invalid_type", { filter: [] }],
    ["/filter/email too_short", { filter: { email: "" } }],
    ["/filter/namePrefix too_long", { filter: { namePrefix: "𝒳".repeat(256) } }],
    ["/filter/namePrefix invalid_format", { filter: { namePrefix: "a\u0000" } }],
    ["/filter/namePrefix invalid_format", { filter: { namePrefix: "\u200b\u00ad" } }],
    ["/filter/groupTag invalid_format", { filter: { groupTag: "\uD835" } }],
    ["/filter/deleted invalid_choice", { filter: { deleted: "yes" } }],
    ["/filter/changedSince invalid_format", { filter: { changedSince: "2023-02-29T00:00:00Z" } }],
    ["/filter/changedSince invalid_format", { filter: { changedSince: "9999-12-31T23:30:00-01:00" } }],
    ["/filter/changedSince invalid_format", { filter: { changedSince: new Date(8.64e15) } }],
    ["/filter/changedSince invalid_type", { filter: { changedSince: new Date(NaN) } }],
    ["/filter/changedSince invalid_type", { filter: { changedSince: 0 } }],
    ["/filter/customer unknown_field", { filter: { customer: "1" } }],
    ["/filter/a~1b unknown_field", { filter: { "a/b": 1 } }],
    ["/offset unknown_field", { offset: 10 }],
    ["/__proto__ unknown_field", JSON.parse('{"__proto__":{"limit":1}}')],
    ["/sort invalid_format", { filter: { namePrefix: "a" }, sort: "createdAt" }],
  ])("%s", (fault, input) => {
    expect(faultsOf(input)).toEqual([fault]);
  });

  test("with all its faults", () => {
    expect(faultsOf({ limit: 0, order: 1, a: 1, b: 2, filter: { email: 5, c: 3 } })).toEqual([
      "/limit out_of_range",
      "/filter/email invalid_type",
      "/filter/c unknown_field",
      "/order invalid_choice",
      "/a unknown_field",
      "/b unknown_field",
    ]);
  });

  test("with a message for each fault", () => {
    const { faults } = parseBySchema(customerListSchema, { filter: { deleted: 1, changedSince: "now" } });
    for (const { message } of faults) expect(message).toMatch(/option|ISO/);
    expect(faults).toHaveLength(2);
  });
});

test("users can be filtered by customer, but not by filters of customers", () => {
  expect(faultsOf({ filter: { customer: "1" } }, userListSchema)).toEqual([]);
  expect(faultsOf({ filter: { parent: "1" } }, userListSchema)).toEqual(["/filter/parent unknown_field"]);
});

test("a page request has no filter and no sort", () => {
  expect(parseBySchema(pageSchema, { limit: 1 })).toEqual({ value: { limit: 1 }, faults: [] });
  expect(faultsOf({ filter: {}, sort: "name" }, pageSchema)).toEqual([
    "/filter unknown_field",
    "/sort unknown_field",
  ]);
});

test("an unknown option or filter is refused with a suggestion", () => {
  const { faults } = parseBySchema(customerListSchema, {
    filtre: {},
    odrer: "asc",
    colour: "red",
    filter: { grouptag: "a", chnagedSince: "2020-01-01T00:00:00Z" },
  });
  expect(faults.map(({ pointer, message }) => `${pointer} ${message}`).toSorted()).toEqual([
    "/colour is not a known field",
    "/filter/chnagedSince is not a known field; did you mean changedSince?",
    "/filter/grouptag is not a known field; did you mean groupTag?",
    "/filtre is not a known field; did you mean filter?",
    "/odrer is not a known field; did you mean order?",
  ]);
});
