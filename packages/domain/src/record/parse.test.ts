import { describe, expect, test } from "vitest";
import { customerFields } from "../customer/customer.ts";
import { groupTagFields, tokenFields } from "../reference/reference.ts";
import { frozen, wrong } from "../testing/records.ts";
import { userFields } from "../user/user.ts";
import { parseCreate, parseUpdate } from "./parse.ts";

const where = { id: "1" };
const faultsOf = (input: unknown) => wrong(parseUpdate(customerFields, frozen(input)).faults);
const messages = (input: object) =>
  parseUpdate(customerFields, { where, ...input }).faults.map(({ message }) => message);

describe("the record of an update", () => {
  test.each([
    [{ id: "x" }, { field: "id", value: "x" }],
    [{ number: 7 }, { field: "number", value: 7 }],
    [{ providedId: "acme" }, { field: "providedId", value: "acme" }],
    [
      { referenceId: "r", id: undefined },
      { field: "referenceId", value: "r" },
    ],
  ])("is named by %j", (given, named) => {
    const { where: parsed, faults } = parseUpdate(customerFields, { where: given });
    expect(parsed).toEqual([named]);
    expect(faults).toEqual([]);
  });

  test.each<[where: unknown, fault: string]>([
    [undefined, "/where required"],
    [null, "/where invalid_type"],
    ["acme", "/where invalid_type"],
    [[], "/where invalid_type"],
    [{}, "/where ambiguous"],
    [{ id: "1", number: 1 }, "/where ambiguous"],
    [{ id: null }, "/where/id not_nullable"],
    [{ number: "7" }, "/where/number invalid_type"],
    [{ providedId: "" }, "/where/providedId too_short"],
    [{ name: "Acme" }, "/where/name unknown_field"],
    [JSON.parse('{"__proto__":{"id":"1"}}'), "/where/__proto__ unknown_field"],
  ])("cannot be named by %j", (given, fault) => {
    const parsed = parseUpdate(customerFields, { where: given });
    expect(wrong(parsed.faults)).toEqual([fault]);
    expect(parsed.where).toEqual([]);
  });

  test("if named wrongly, is refused with the list of unique fields", () => {
    expect(parseUpdate(userFields, {}).faults[0]?.message).toBe(
      "must name the record by exactly one of id, number, username",
    );
  });
});

describe("pointers into an update lead to the fault:", () => {
  test.each<[fault: string, input: object]>([
    ["/patch/email invalid_format", { patch: { email: "nobody" } }],
    ["/patch/emails/1 invalid_format", { patch: { emails: ["a@x.example", "b"] } }],
    ["/patch/properties/a/b invalid_type", { patch: { properties: { a: { b: NaN } } } }],
    ["/patch/properties/a~1b/0 invalid_format", { patch: { properties: { "a/b": ["\u0000"] } } }],
    [
      "/patch/mapping/__proto__ forbidden_key",
      { patch: { mapping: JSON.parse('{"__proto__":1}') as unknown } },
    ],
    ["/replace/mapping/x invalid_type", { replace: { mapping: { x: 1n } } }],
    ["/replace/name invalid_type", { replace: { name: "Acme" } }],
    ["/replace/emails invalid_type", { replace: { emails: [] } }],
    ["/add/groupTags/1 too_short", { add: { groupTags: ["trial", ""] } }],
    ["/add/name invalid_type", { add: { name: ["Acme"] } }],
    ["/add/emails not_nullable", { add: { emails: null } }],
    ["/remove/groupTags invalid_type", { remove: { groupTags: "trial" } }],
    ["/remove/emails/0 invalid_type", { remove: { emails: [null] } }],
    ["/patch invalid_type", { patch: [] }],
    ["/add invalid_type", { add: null }],
    ["/patch/noSuchField unknown_field", { patch: { noSuchField: "A" } }],
    ["/patch/a~1b~0 unknown_field", { patch: { "a/b~": 1 } }],
    ["/patch/__proto__ unknown_field", { patch: JSON.parse('{"__proto__":{"name":"x"}}') as unknown }],
    ["/patch/constructor unknown_field", { patch: { constructor: 1 } }],
    ["/__proto__ unknown_field", JSON.parse('{"__proto__":{"patch":{"name":"x"}}}') as object],
    ["/toString unknown_field", { toString: 1 }],
    ["/expectedVersion out_of_range", { expectedVersion: 0 }],
    ["/expectedVersion invalid_type", { expectedVersion: "7" }],
    ["/expectedVersion not_nullable", { expectedVersion: null }],
    ["/reason too_long", { reason: "x".repeat(1001) }],
    ["/dryRun invalid_type", { dryRun: 1 }],
  ])("%s", (fault, input) => {
    expect(faultsOf({ where, ...input })).toEqual([fault]);
  });

  test.each([undefined, null, 5, "x", []])("%j is not an update", (input) => {
    expect(faultsOf(input)).toEqual([" invalid_type"]);
  });

  test("an entry keeps its index after repeated entries", () => {
    expect(faultsOf({ where, remove: { groupTags: ["a"] }, add: { groupTags: ["b", "b", "a"] } })).toEqual([
      "/add/groupTags/2 ambiguous",
    ]);
  });
});

test("the options of an update are parsed", () => {
  expect(parseUpdate(customerFields, { where, expectedVersion: 7, reason: "", dryRun: true })).toEqual({
    where: [{ field: "id", value: "1" }],
    onConflict: "reject",
    edits: [],
    faults: [],
    expectedVersion: 7,
    reason: "",
    dryRun: true,
  });
});

describe("a nearly correct name", () => {
  test.each([
    [{ patch: { first_name: "A" } }, "firstName"],
    [{ patch: { "Provided-ID": "A" } }, "providedId"],
    [{ add: { grouptags: ["A"] } }, "groupTags"],
    [{ where: { provided_id: "A" } }, "providedId"],
    [{ expected_version: 1 }, "expectedVersion"],
    [{ patch: { emial: "A" } }, "email"],
    [{ patch: { lastNam: "A" } }, "lastName"],
    [{ replace: { adress: "A" } }, "address"],
    [{ where: { providdId: "A" } }, "providedId"],
    [{ dryrum: true }, "dryRun"],
  ])("in %j is refused with a suggestion", (input, name) => {
    expect(messages(input)).toEqual([`is not a known field; did you mean ${name}?`]);
  });

  test("gets no suggestion if it is too different", () => {
    expect(messages({ patch: { noSuchField: "A" } })).toEqual(["is not a known field"]);
  });

  test("of a secret field is unknown and never suggested", () => {
    expect(parseCreate(tokenFields, { scopes: ["admin"], hash: "x", Hash: "x" }).faults).toMatchObject([
      { pointer: "/hash", message: "is not a known field" },
      { pointer: "/Hash", message: "is not a known field" },
    ]);
  });
});

describe("conflicting edits of one field:", () => {
  test.each<[what: string, input: object, faults: string[]]>([
    ["patch and add", { patch: { emails: [] }, add: { emails: ["a@x.example"] } }, ["/add/emails ambiguous"]],
    [
      "patch and remove",
      { patch: { emails: [] }, remove: { emails: ["a@x.example"] } },
      ["/remove/emails ambiguous"],
    ],
    [
      "patch and replace",
      { patch: { mapping: {} }, replace: { mapping: {} } },
      ["/replace/mapping ambiguous"],
    ],
    [
      "patch to null and replace",
      { patch: { mapping: null }, replace: { mapping: {} } },
      ["/replace/mapping ambiguous"],
    ],
    [
      "an entry that is both added and removed",
      { add: { groupTags: ["a", "b", "c"] }, remove: { groupTags: ["x", "c", "b"] } },
      ["/add/groupTags/1 ambiguous", "/add/groupTags/2 ambiguous"],
    ],
    [
      "an address that is both added and removed, in another case",
      { add: { emails: ["Ada@x.example"] }, remove: { emails: ["ada@X.example"] } },
      ["/add/emails/0 ambiguous"],
    ],
    [
      "a value that is also invalid",
      { patch: { emails: "none" }, add: { emails: ["a@x.example"] }, remove: { emails: [""] } },
      [
        "/patch/emails invalid_type",
        "/remove/emails/0 invalid_format",
        "/remove/emails ambiguous",
        "/add/emails ambiguous",
      ],
    ],
  ])("%s is refused", (_what, input, faults) => {
    expect(faultsOf({ where, ...input })).toEqual(faults);
  });

  test.each<[what: string, input: object]>([
    ["other entries of one set", { add: { groupTags: ["a"] }, remove: { groupTags: ["A"] } }],
    ["another field", { patch: { properties: {} }, replace: { mapping: {} } }],
    ["undefined", { patch: { mapping: undefined }, replace: { mapping: {} } }],
  ])("%s is accepted", (_what, input) => {
    expect(faultsOf({ where, ...input })).toEqual([]);
  });
});

describe("a new record", () => {
  test("needs every field without an initial value", () => {
    expect(parseCreate(groupTagFields, {}).faults).toEqual([
      { pointer: "/name", code: "required", message: "is required" },
    ]);
    expect(wrong(parseCreate(tokenFields, { scopes: undefined }).faults)).toEqual(["/scopes required"]);
    expect(parseCreate(customerFields, {})).toEqual({ edits: [], faults: [] });
  });

  test("is refused with every fault, under the fields' own names", () => {
    const input = { name: 5, version: 1, emails: ["x"], nope: 1, properties: [] };
    expect(wrong(parseCreate(customerFields, input).faults)).toEqual([
      "/name invalid_type",
      "/version read_only",
      "/emails/0 invalid_format",
      "/nope unknown_field",
      "/properties invalid_type",
    ]);
  });

  test.each([undefined, null, "x", []])("cannot be %j", (input) => {
    expect(wrong(parseCreate(customerFields, input).faults)).toEqual([" invalid_type"]);
  });
});
