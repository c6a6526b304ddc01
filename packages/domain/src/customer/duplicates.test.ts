import { expect, test } from "vitest";
import { alike, scoreOf, type Compared, type Likeness } from "./duplicates.ts";

const empty = {
  id: "x",
  name: null,
  firstName: null,
  lastName: null,
  email: null,
  emails: [],
  phone: null,
  dateOfBirth: null,
};
const customer = (values: object): Compared => ({
  ...empty,
  ...values,
});

test.each<[string, object, object, Likeness[]]>([
  ["nothing", {}, {}, []],
  ["an address in any case", { email: "Ada@x.example" }, { emails: ["ada@X.example"] }, ["email"]],
  ["a phone number", { phone: "+4930901820" }, { phone: "+4930901820" }, ["phone"]],
  [
    "a name and a birthday",
    { name: "ADA Lovelace", dateOfBirth: "1815-12-10" },
    { firstName: "Ada", lastName: "Lovelace", dateOfBirth: "1815-12-10" },
    ["nameAndBirthday"],
  ],
  [
    "a birthday alone",
    { name: "A", dateOfBirth: "1815-12-10" },
    { name: "B", dateOfBirth: "1815-12-10" },
    [],
  ],
  ["a birthday without names", { dateOfBirth: "1815-12-10" }, { dateOfBirth: "1815-12-10" }, []],
  ["a name alone", { name: "A" }, { name: "A" }, []],
  [
    "several things",
    { email: "a@x.example", phone: "+4930901820" },
    { email: "a@x.example", phone: "+4930901820" },
    ["email", "phone"],
  ],
])("customers that share %s", (_, a, b, reasons) => {
  const found = alike(customer(a), customer(b));
  expect(found.map(({ likeness }) => likeness)).toEqual(reasons);
  expect(alike(customer(b), customer(a))).toEqual(found);
});

test("two shared addresses count once, under the first", () => {
  const both = customer({ email: "b@x.example", emails: ["a@x.example"] });
  expect(alike(both, both)).toEqual([{ likeness: "email", term: "a@x.example" }]);
});

test("the more is shared, the more likely two customers are the same", () => {
  const scores = [
    ["phone"],
    ["email"],
    ["nameAndBirthday"],
    ["email", "phone"],
    ["email", "nameAndBirthday"],
  ];
  const all = (scores as Likeness[][]).map(scoreOf);
  expect(all).toEqual(all.toSorted((a, b) => a - b));
  expect(all.every((score) => score > 0 && score < 1)).toBe(true);
});
