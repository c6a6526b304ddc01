import { describe, expect, test } from "vitest";
import { customerFields, type StoredCustomer } from "../customer/customer.ts";
import { customerRules } from "../customer/customer-update.ts";
import { RosterError } from "../errors.ts";
import { standaloneContext } from "../standalone.ts";
import { wrong } from "../testing/records.ts";
import { userFields } from "../user/user.ts";
import { parseCreate, parseUpdate, parseWhere } from "./parse.ts";
import { settled } from "./update.ts";

/** Values that an earlier release accepted and this one refuses. */

const old = { providedId: "e\u0301 ", email: "a@x-.com", emails: ["b@x-.com", "c@x.example"] };
const current = { id: "1", version: 1, properties: null, ...old } as unknown as StoredCustomer;
const where = { number: 1 };
const updated = (change: object) =>
  settled(
    customerRules.update(
      current,
      parseUpdate(customerFields, { where, ...change }),
      standaloneContext(new Date(0), "me"),
    ),
  );
const faultsOf = (change: object): string[] => {
  const outcome = updated(change);
  return outcome instanceof RosterError ? wrong(outcome.faults ?? []) : [];
};

describe("a value of an earlier release", () => {
  test("can be written back without a change", () => {
    expect(updated({ patch: old })).toEqual({ next: current, changes: [] });
  });

  test("can be removed, or kept beside new values", () => {
    expect(updated({ remove: { emails: ["B@x-.com"] } })).toMatchObject({
      next: { emails: ["c@x.example"] },
    });
    const emails = ["b@x-.com", "d@x.example"];
    expect(updated({ patch: { emails } })).toMatchObject({ next: { emails } });
  });

  test("is refused if the record has another value or none", () => {
    expect(
      faultsOf({
        patch: { providedId: "other ", email: "b@x-.com" },
        add: { emails: ["c@x.example", "z@x-.com"] },
      }),
    ).toEqual([
      "/patch/providedId invalid_format",
      "/patch/email invalid_format",
      "/add/emails/1 invalid_format",
    ]);
    expect(wrong(parseCreate(customerFields, old).faults)).toEqual([
      "/providedId invalid_format",
      "/email invalid_format",
      "/emails/0 invalid_format",
    ]);
  });

  test("names its record as stored; the canonical form is tried first", () => {
    expect(parseWhere(userFields, { username: "e\u0301 " }, "", [])).toEqual([
      { field: "username", value: "é " },
      { field: "username", value: "e\u0301 " },
    ]);
    expect(parseWhere(userFields, { username: "bob " }, "", [])).toEqual([
      { field: "username", value: "bob " },
    ]);
  });
});

describe("a value that is not JSON, passed by an embedding program, is refused:", () => {
  test.each<[what: string, patch: object, fault: string]>([
    ["NaN", { properties: { seats: NaN } }, "/patch/properties/seats invalid_type"],
    ["Infinity in an array", { mapping: { a: [Infinity] } }, "/patch/mapping/a/0 invalid_type"],
    ["an invalid Date", { activationDate: new Date(NaN) }, "/patch/activationDate invalid_type"],
    ["a Date in JSON", { properties: { a: new Date(0) } }, "/patch/properties/a invalid_type"],
    ["a BigInt", { properties: { a: 1n } }, "/patch/properties/a invalid_type"],
    ["undefined in an array", { properties: { a: [undefined] } }, "/patch/properties/a/0 invalid_type"],
    ["a Map", { properties: new Map([["a", 1]]) }, "/patch/properties invalid_type"],
    ["a number object", { properties: { a: Object(1) } }, "/patch/properties/a invalid_type"],
    ["NaN for an integer", { userId: NaN }, "/patch/userId invalid_type"],
    ["a Map as a patch", new Map([["name", "a"]]), "/patch invalid_type"],
  ])("%s", (_what, patch, fault) => {
    expect(wrong(parseUpdate(customerFields, { where, patch }).faults)).toEqual([fault]);
  });
});
