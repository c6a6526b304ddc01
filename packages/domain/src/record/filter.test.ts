import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fault } from "../errors.ts";
import { storedCustomer } from "../stored.ts";
import type { CustomerJson } from "../customer/customer.ts";
import { criteriaOf, meets, parseCondition } from "./filter.ts";
import { operatorsOf } from "./operator.ts";
import {
  byCodePoint,
  findables,
  foundTypes,
  indexedProperties,
  propertyTerm,
  propertyPointer,
  sortables,
  termOf,
  type Findable,
} from "./find.ts";

const customer = storedCustomer({
  name: null,
  firstName: "Zoë",
  lastName: "Straße",
  email: "Z@x.example",
  emails: ["b@x.example"],
  groupTags: [],
  number: 7,
  isDemo: false,
  phone: null,
  dateOfBirth: "1980-02-29",
  properties: { plan: "pro", seats: 5, on: true, address: { city: "Lyon" }, labels: ["a", 1] },
  deletedAt: null,
} as unknown as CustomerJson);
const matches = (filter: object): boolean => meets(customer, criteriaOf("customer", filter as never));

describe("a record meets a filter", () => {
  test.each<[boolean, object]>([
    [true, {}],
    [true, { name: "zoë STRASSE" }],
    [true, { name: { startsWith: "ZOË s" } }],
    [false, { name: { startsWith: "s" } }],
    [true, { email: { in: ["b@x.example", "c@x.example"] } }],
    [false, { emails: "z@x.example" }],
    [true, { phone: null, isDemo: false, number: { gt: 6, lte: 7 } }],
    [false, { number: { gt: 7 } }],
    [false, { number: { in: [70, 77] } }],
    [true, { groupTags: { present: false } }],
    [false, { groupTags: { contains: ["a"] } }],
    [true, { dateOfBirth: { gte: "1980-02-29", lt: "1980-03-01" } }],
    [false, { dateOfBirth: { gte: "1980-02-29", lt: "1980-02-29" } }],
    [true, { properties: { plan: "pro", seats: { gte: 5, lt: 5.5 }, on: true } }],
    [true, { properties: { "address.city": { startsWith: "Ly" }, "/labels": 1 } }],
    [false, { properties: { seats: "5" } }],
    [false, { properties: { plan: { gte: 5 } } }],
    [false, { properties: { "address.zip": { present: true } } }],
    [true, { properties: { "address.zip": null, address: null } }],
    [false, { properties: { toString: { present: true } } }],
  ])("%s: %j", (result, filter) => {
    expect(matches(filter)).toBe(result);
  });
});

test("terms sort as the values do", () => {
  const number = { kind: "integer", description: "" } as const;
  const bySort = (a: string, b: string) => Math.sign(byCodePoint(a, b));
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      const expected = a === b ? 0 : a < b ? -1 : 1;
      expect(bySort(propertyTerm(a), propertyTerm(b))).toBe(expected);
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(bySort(termOf(number, a), termOf(number, b))).toBe(Math.sign(a - b));
    }),
  );
});

test("texts are compared by code points, as the databases do", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(byCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test("every shown field of customers and users has conditions that its kind allows", () => {
  for (const type of foundTypes) {
    for (const by of findables(type).values()) {
      const faults: Fault[] = [];
      for (const operator of operatorsOf(by.policy))
        if (operator === "present") parseCondition(by, { [operator]: true }, "", faults);
      expect(faults).toEqual([]);
      expect(operatorsOf(by.policy).length).toBeGreaterThan(0);
    }
    expect([...sortables(type).values()].filter(({ kind }) => kind === undefined)).toEqual([]);
  }
});

test("a condition is read with all its faults", () => {
  const faults: Fault[] = [];
  const by = findables("customer").get("dateOfBirth") as Findable;
  parseCondition(by, { gte: "x", lt: 5, in: ["1980-01-01", "y"], strats: 1 }, "/f", faults);
  expect(faults.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
    "/f/gte invalid_format",
    "/f/lt invalid_type",
    "/f/in/1 invalid_format",
    "/f/strats unknown_field",
  ]);
});

test.each([
  ["plan", "/plan"],
  ["address.city", "/address/city"],
  ["/a.b/c", "/a.b/c"],
  ["a/b", "/a~1b"],
  ["/~", undefined],
  ["", undefined],
])("the property %j is at %j", (name, place) => {
  expect(propertyPointer(name)).toBe(place);
});

test("a properties schema marks properties at any depth", () => {
  const schema = {
    properties: {
      b: { "x-roster-index": true, properties: { c: { "x-roster-index": true } } },
      a: { "x-roster-index": true },
      d: { "x-roster-index": false, items: { "x-roster-index": true } },
    },
  };
  expect(indexedProperties(schema)).toEqual(["/a", "/b", "/b/c"]);
  expect(indexedProperties(null)).toEqual([]);
});
