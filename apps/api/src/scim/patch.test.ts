import type { JsonObject, JsonValue } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { groupType, urns, userType } from "./attributes.ts";
import { MemberEdits } from "./members.ts";
import { maxUserOperations, patched, readOperations } from "./patch.ts";

const E = urns.enterprise;

const before: JsonObject = {
  userName: "ann",
  active: true,
  displayName: "Ann",
  name: { givenName: "Ann", familyName: "Lee" },
  emails: [
    { value: "ann@example.com", type: "work", primary: true },
    { value: "ann@home.example", type: "home" },
  ],
  [E]: { department: "Tours", manager: { value: "m1", displayName: "Bo" } },
};

const run = (...Operations: object[]): JsonObject =>
  patched(before, readOperations({ Operations }), userType);
/** The attributes that differ from the resource before. */
const changes = (...operations: object[]): JsonObject => {
  const after = run(...operations);
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names]
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      .map((name) => [name, after[name] ?? null]),
  );
};
const [work, home] = before["emails"] as [JsonObject, JsonObject];

describe("an operation", () => {
  it.each<[string, object, JsonValue]>([
    ["replaces a value", { op: "replace", path: "displayName", value: "A" }, { displayName: "A" }],
    ["has an op in any case", { op: "Replace", path: "active", value: "False" }, { active: false }],
    ["takes a truth value as text", { op: "Add", path: "active", value: "false" }, { active: false }],
    ["adds a value", { op: "add", path: "title", value: "Boss" }, { title: "Boss" }],
    ["removes a value", { op: "remove", path: "displayName" }, { displayName: null }],
    ["removes by null", { op: "replace", path: "displayName", value: null }, { displayName: null }],
    ["removes nothing where nothing is", { op: "remove", path: "title" }, {}],
    [
      "replaces a part",
      { op: "replace", path: "name.familyName", value: "Li" },
      { name: { givenName: "Ann", familyName: "Li" } },
    ],
    [
      "keeps the other parts of a complex value",
      { op: "replace", path: "name", value: { familyName: "Li" } },
      { name: { givenName: "Ann", familyName: "Li" } },
    ],
    ["removes a part", { op: "remove", path: "name.givenName" }, { name: { familyName: "Lee" } }],
    [
      "appends an array",
      { op: "add", path: "emails", value: [{ value: "x@y.example", type: "other" }] },
      { emails: [work, home, { value: "x@y.example", type: "other" }] },
    ],
    [
      "appends an object",
      { op: "add", path: "emails", value: { value: "x@y.example" } },
      { emails: [work, home, { value: "x@y.example" }] },
    ],
    [
      "adds nothing twice",
      { op: "add", path: "emails", value: [{ value: "ANN@example.com", type: "work", primary: true }] },
      { emails: [{ ...work, value: "ANN@example.com" }, home] },
    ],
    ["adds the same value without a change", { op: "add", path: "emails", value: [work, { ...home }] }, {}],
    [
      "leaves one primary value",
      { op: "add", path: "emails", value: [{ value: "x@y.example", primary: true }] },
      { emails: [{ ...work, primary: false }, home, { value: "x@y.example", primary: true }] },
    ],
    [
      "makes another value the primary one",
      { op: "replace", path: 'emails[type eq "home"].primary', value: "True" },
      {
        emails: [
          { ...work, primary: false },
          { ...home, primary: true },
        ],
      },
    ],
    ["replaces a list", { op: "replace", path: "emails", value: [home] }, { emails: [home] }],
    ["removes a list", { op: "remove", path: "emails" }, { emails: null }],
    ["removes a list by an empty one", { op: "replace", path: "emails", value: [] }, { emails: null }],
    ["removes elements by a filter", { op: "remove", path: 'emails[type eq "work"]' }, { emails: [home] }],
    [
      "removes elements by value",
      { op: "remove", path: "emails", value: [{ value: "ann@example.com" }] },
      { emails: [home] },
    ],
    [
      "removes an element with its value",
      { op: "remove", path: 'emails[type eq "home"].value' },
      { emails: [work] },
    ],
    [
      "changes an element by a filter",
      { op: "Add", path: 'emails[type eq "work"].value', value: "a@b.example" },
      { emails: [{ ...work, value: "a@b.example" }, home] },
    ],
    [
      "makes the element that a filter of equalities describes",
      { op: "Replace", path: 'phoneNumbers[type eq "mobile"].value', value: "555" },
      { phoneNumbers: [{ type: "mobile", value: "555" }] },
    ],
    [
      "makes a primary element",
      { op: "Add", path: 'roles[primary eq "True"].value', value: "Admin" },
      { roles: [{ primary: true, value: "Admin" }] },
    ],
    [
      "takes a manager as text",
      { op: "Add", path: `${E}:manager`, value: "m2" },
      { [E]: { department: "Tours", manager: { value: "m2" } } },
    ],
    [
      "takes a manager as an object",
      { op: "replace", path: `${E}:manager`, value: { value: "m2" } },
      { [E]: { department: "Tours", manager: { value: "m2" } } },
    ],
    [
      "takes a manager as a list",
      { op: "add", path: `${E}:manager`, value: [{ value: "m2", $ref: "../Users/m2" }] },
      { [E]: { department: "Tours", manager: { value: "m2", $ref: "../Users/m2" } } },
    ],
    ["removes a manager", { op: "remove", path: `${E}:manager` }, { [E]: { department: "Tours" } }],
    ["removes an extension", { op: "remove", path: E }, { [E]: null }],
    [
      "changes an extension as a whole",
      { op: "replace", path: E, value: { costCenter: "7" } },
      { [E]: { ...(before[E] as JsonObject), costCenter: "7" } },
    ],
    [
      "keeps what an unknown extension has",
      { op: "add", path: "urn:own:Thing:tag", value: { a: [1] } },
      { "urn:own:Thing": { tag: { a: [1] } } },
    ],
    [
      "without a path takes names, paths and extensions",
      {
        op: "replace",
        value: {
          displayName: "A",
          "name.familyName": "Li",
          [`${E}:employeeNumber`]: "7",
          [E]: { costCenter: "c" },
          'emails[type eq "home"].value': "h@x.example",
          id: "other",
          meta: {},
          groups: [],
          unknown: 1,
        },
      },
      {
        displayName: "A",
        name: { givenName: "Ann", familyName: "Li" },
        emails: [work, { ...home, value: "h@x.example" }],
        [E]: { ...(before[E] as JsonObject), employeeNumber: "7", costCenter: "c" },
      },
    ],
    [
      "without a path takes an object at a path of an extension",
      { op: "replace", value: { [`${E}:manager`]: { value: "m2" }, [`${urns.user}:title`]: "T" } },
      { title: "T", [E]: { department: "Tours", manager: { value: "m2" } } },
    ],
    [
      "without a path appends to lists",
      { op: "add", value: { emails: [{ value: "x@y.example" }] } },
      { emails: [work, home, { value: "x@y.example" }] },
    ],
    ["drops a password", { op: "replace", path: "password", value: "secret" }, {}],
  ])("%s", (_, operation, expected) => {
    expect(changes(operation)).toEqual(expected);
  });

  it("sees the changes of those before it", () => {
    expect(
      changes(
        { op: "add", path: "title", value: "A" },
        { op: "remove", path: "title" },
        { op: "add", path: "nickName", value: "B" },
      ),
    ).toEqual({ nickName: "B" });
    expect(before["emails"]).toEqual([work, home]);
  });

  it.each<[string, object, string]>([
    ["of an unknown kind", { op: "move", path: "title" }, "invalidSyntax"],
    ["without a path to remove", { op: "remove" }, "noTarget"],
    ["of an unknown attribute", { op: "add", path: "shoeSize", value: "9" }, "invalidPath"],
    ["of an unknown part", { op: "add", path: "name.shoe", value: "9" }, "invalidPath"],
    ["of a part of a text", { op: "add", path: "title.value", value: "9" }, "invalidPath"],
    ["with a broken path", { op: "add", path: "emails[", value: "9" }, "invalidPath"],
    ["with a filter of no list", { op: "add", path: 'name[givenName eq "A"]', value: "9" }, "invalidPath"],
    ["of the id", { op: "replace", path: "id", value: "x" }, "mutability"],
    ["of meta", { op: "replace", path: "meta.version", value: "x" }, "mutability"],
    ["of the groups", { op: "add", path: "groups", value: [{ value: "g" }] }, "mutability"],
    ["that removes the username", { op: "remove", path: "userName" }, "mutability"],
    [
      "whose filter fits nothing",
      { op: "replace", path: 'emails[value co "zzz"].value', value: "x" },
      "noTarget",
    ],
    [
      "with two primary values",
      {
        op: "replace",
        path: "emails",
        value: [
          { value: "a", primary: true },
          { value: "b", primary: "true" },
        ],
      },
      "invalidValue",
    ],
    ["with no truth value", { op: "replace", path: "active", value: "maybe" }, "invalidValue"],
    ["with a number for a text", { op: "replace", path: "title", value: 5 }, "invalidValue"],
    ["without a path and an object", { op: "add", value: "x" }, "invalidValue"],
  ])("%s is refused", (_, operation, scimType) => {
    expect(() => run(operation)).toThrow(expect.objectContaining({ scimType }));
  });

  it.each([[null], [[]], [{}], [{ Operations: [] }], [{ Operations: {} }], [{ Operations: [5] }]])(
    "is in a list of operations, unlike in %j",
    (body) => {
      expect(() => readOperations(body)).toThrow(expect.objectContaining({ scimType: "invalidSyntax" }));
    },
  );
});

describe("members", () => {
  const [a, b, c] = ["a", "b", "c"];
  const edits = (...Operations: object[]) => {
    const members = new MemberEdits(() => [
      { value: "a", type: "User", display: "Ann" },
      { value: "g", type: "Group", display: "Staff" },
    ]);
    patched({ displayName: "Staff" }, readOperations({ Operations }), groupType, members);
    return members.edits.map(({ op, value }) => `${op} ${(value as string[]).join()}`);
  };

  it.each<[string, object[], string[]]>([
    [
      "are added as objects",
      [{ op: "Add", path: "members", value: [{ value: a }, { value: b }] }],
      ["add a,b"],
    ],
    [
      "are added as one object or bare texts",
      [
        { op: "add", path: "members", value: { value: a } },
        { op: "add", path: "members", value: [b] },
      ],
      ["add a,b"],
    ],
    [
      "are removed by value",
      [{ op: "Remove", path: "members", value: [{ $ref: null, value: a }] }],
      ["remove a"],
    ],
    [
      "are removed by a filter",
      [{ op: "remove", path: 'members[value eq "a" or value eq "b"]' }],
      ["remove a,b"],
    ],
    [
      "are removed by a filter about other parts",
      [{ op: "remove", path: 'members[type eq "group"]' }],
      ["remove g"],
    ],
    ["are all removed", [{ op: "remove", path: "members" }], ["set "]],
    ["are replaced", [{ op: "replace", path: "members", value: [{ value: c, display: "Cy" }] }], ["set c"]],
    [
      "are replaced without a path",
      [{ op: "replace", value: { id: "x", displayName: "S", members: [{ value: c }] } }],
      ["set c"],
    ],
    ["are added without a path", [{ op: "add", value: { members: [{ value: c }] } }], ["add c"]],
    [
      "follow the order of operations",
      [
        { op: "add", path: "members", value: [{ value: a }, { value: b }] },
        { op: "remove", path: 'members[value eq "a"]' },
      ],
      ["remove a", "add b"],
    ],
    [
      "follow a replacement",
      [
        { op: "replace", path: "members", value: [{ value: a }] },
        { op: "add", path: "members", value: [{ value: b }] },
        { op: "remove", path: "members", value: [{ value: a }] },
      ],
      ["set b"],
    ],
    ["stay without an operation on them", [{ op: "replace", path: "displayName", value: "S" }], []],
  ])("%s", (_, operations, expected) => {
    expect(edits(...operations)).toEqual(expected);
  });

  it.each<[object, string]>([
    [{ op: "add", path: "members", value: [{ display: "Ann" }] }, "invalidValue"],
    [{ op: "replace", path: 'members[display eq "nobody"]', value: { value: a } }, "noTarget"],
    [{ op: "remove", path: "displayName" }, "mutability"],
  ])("%j is refused", (operation, scimType) => {
    expect(() => edits(operation)).toThrow(expect.objectContaining({ scimType }));
  });
});

it.each([
  ["by one operation", [many(501)]],
  ["by many", many(501).map((one) => [one])],
])("more values than a user can keep are refused, %s", (_, values) => {
  const Operations = values.map((value) => ({ op: "add", path: "emails", value }));
  expect(() => patched({}, readOperations({ Operations }), userType)).toThrow(
    expect.objectContaining({ scimType: "invalidValue" }),
  );
});

it("refuses more operations on a user than a provider sends", () => {
  const Operations = many(1_001).map((value) => ({ op: "add", path: "emails", value }));
  expect(() => readOperations({ Operations }, maxUserOperations)).toThrow(
    expect.objectContaining({ scimType: "invalidSyntax" }),
  );
});

function many(count: number): { value: string }[] {
  return Array.from({ length: count }, (_, i) => ({ value: `a${i}@x.example` }));
}
