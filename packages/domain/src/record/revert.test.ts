import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { customerRules } from "../customer/customer-update.ts";
import { customerFields, type StoredCustomer } from "../customer/customer.ts";
import { RosterError } from "../errors.ts";
import { patchOf } from "../testing/arbitraries.ts";
import { accepted, customers, frozen, id, later, refused, users, wrong } from "../testing/records.ts";
import { userRules } from "../user/user-update.ts";
import { apply, diff, inverse, valueAt, type Change } from "./change.ts";
import { decideRevert, decideUpdate, type Decided } from "./decide.ts";
import type { Fields } from "./field.ts";
import type { LoggedChange } from "./history.ts";
import { jsonEqual, type JsonObject, type JsonValue } from "./json.ts";
import { parseRevert, parseUpdate } from "./parse.ts";
import { pointer } from "./pointer.ts";
import type { RecordBase } from "./record.ts";
import { rewind, withLog } from "./rewind.ts";
import { companions } from "./spelling.ts";
import type { RecordRules } from "./update.ts";
import { parseValue } from "./value.ts";

/** A record that was changed several times, with all its versions and its log. */
interface Life<R> {
  /** Starts with version 1. */
  states: R[];
  log: LoggedChange[];
}

const nth = <T>(list: readonly T[], place: number): T => {
  const item = list.at(place);
  if (item === undefined) throw new Error(`has no item ${place}`);
  return item;
};

const entry = (version: number, changes: Change[]): LoggedChange => ({
  seq: version,
  recordType: "customer",
  recordId: id,
  version,
  action: "update",
  at: later.now,
  actor: later.actor,
  source: "test",
  reason: null,
  changes,
});

function live<R extends RecordBase>(
  rules: RecordRules<R, typeof later>,
  first: R,
  patches: readonly object[],
): Life<R> {
  const states = [first];
  const log: LoggedChange[] = [];
  for (const blocks of patches) {
    const parsed = parseUpdate(rules.fields, { where: { id }, ...blocks });
    const { record, changes, applied } = accepted(decideUpdate(rules, states.at(-1), parsed, later));
    if (!applied) continue;
    states.push(frozen(record));
    log.push(entry(record.version, changes));
  }
  return { states, log };
}

const revert = <R extends RecordBase>(
  rules: RecordRules<R, typeof later>,
  { states, log }: Life<R>,
  input: object,
): Decided<R> | RosterError =>
  decideRevert(rules, states.at(-1), parseRevert(rules.fields, { where: { id }, ...input }), {
    ...later,
    ...withLog(log),
  });

const customer = (...patches: JsonObject[]): Life<StoredCustomer> => {
  const [first, ...rest] = patches;
  return live(
    customerRules,
    frozen(accepted(customers.create(first, later)).next),
    rest.map((replace) => ({ replace })),
  );
};

describe("a part of a record reverts:", () => {
  test.each<
    [what: string, then: JsonObject | null, now: JsonObject | null, path: string, result: JsonObject]
  >([
    ["a key", { a: 1, b: 1 }, { a: 2, b: 2 }, "/properties/a", { a: 1, b: 2 }],
    ["a removed key", { a: 1 }, { b: 2 }, "/properties/a", { a: 1, b: 2 }],
    ["a new key, which is removed", {}, { a: 1, b: 2 }, "/properties/a", { b: 2 }],
    ["an element", { a: [1, 2] }, { a: [3, 4, 5] }, "/properties/a/1", { a: [3, 2, 5] }],
    ["an appended element", { a: [1, 2] }, { a: [3] }, "/properties/a/1", { a: [3, 2] }],
    [
      "a key in an array element",
      { a: [{ b: 1 }] },
      { a: [{ b: 2, c: 3 }] },
      "/properties/a/0/b",
      { a: [{ b: 1, c: 3 }] },
    ],
    ["a whole array", { a: [1] }, { a: { b: 1 } }, "/properties/a", { a: [1] }],
    ["a key of a removed object", { a: { b: 1, c: 2 } }, { d: 3 }, "/properties/a/b", { a: { b: 1 }, d: 3 }],
    ["a key of an object that is now null", { a: 1, b: 2 }, null, "/properties/a", { a: 1 }],
    [
      "the key constructor",
      { constructor: 1 },
      { constructor: 2 },
      "/properties/constructor",
      { constructor: 1 },
    ],
    ["an empty key", { "": 1 }, { "": 2 }, "/properties/", { "": 1 }],
    ["a key with a slash and a tilde", { "/~": 1 }, { "/~": 2 }, "/properties/~1~0", { "/~": 1 }],
    ["the key - of an object", { "-": 1 }, { "-": 2 }, "/properties/-", { "-": 1 }],
    ["a null, which is a value", { a: null }, { a: 1 }, "/properties/a", { a: null }],
  ])("%s", (_what, then, now, field, result) => {
    const life = customer({ properties: then }, { properties: now });
    expect(accepted(revert(customerRules, life, { to: 1, field })).record.properties).toEqual(result);
  });

  test("a field by its name, leaving out unchanged parts", () => {
    const life = customer({ properties: { a: 1 }, mapping: { a: 1 } }, { properties: { a: 2 } });
    expect(accepted(revert(customerRules, life, { to: 1, field: "properties" }))).toMatchObject({
      record: { properties: { a: 1 } },
      applied: true,
    });
    for (const field of ["mapping", "/mapping", "/mapping/a"]) {
      expect(accepted(revert(customerRules, life, { to: 1, field })).applied).toBe(false);
    }
  });
});

describe("a pointer to nothing is refused, and nothing is invented:", () => {
  const then = { a: 1, list: [1, 2, 3], object: { deep: { er: 1 } }, gone: [{ b: 1 }] };
  const now = { a: "text", list: [7], object: [1], other: { x: 1 }, none: null };
  const given = {
    name: "n",
    dateOfBirth: "2000-01-01",
    activationDate: "2000-01-01T00:00:00Z",
    providedId: "p",
  };
  const life = customer({ ...given, emails: ["a@x.example"], properties: then }, { properties: now });

  test.each([
    "/name/first",
    "/name/length",
    "/dateOfBirth/0",
    "/activationDate/x",
    "/providedId/x",
    "/isDemo/x",
    "/emails/first",
    "/emails/1",
    "/emails/-",
    "/emails/0/x",
    "/mapping/x",
    "/properties/none/deep/er",
    "/properties/missing",
    "/properties/a/b",
    "/properties/list/2",
    "/properties/list/-",
    "/properties/list/00",
    "/properties/list/0x0",
    "/properties/list/1e0",
    "/properties/list/length",
    "/properties/object/deep",
    "/properties/object/deep/er",
    "/properties/object/0",
    "/properties/gone/0",
    "/properties/gone/0/b",
    "/properties/constructor",
    "/properties/toString",
    "/properties/",
  ])("%s", (field) => {
    const { code, faults } = refused(revert(customerRules, life, { to: 1, field }));
    expect([code, wrong(faults)]).toEqual(["INVALID", ["/field not_found"]]);
  });

  test("an element that the earlier version lacks is not removed, because that would move the others", () => {
    const grown = customer({ properties: { list: [1] } }, { properties: { list: [1, 2, 3] } });
    expect(
      wrong(refused(revert(customerRules, grown, { to: 1, field: "/properties/list/1" })).faults),
    ).toEqual(["/field not_found"]);
  });

  test.each([
    ["", "unknown_field"],
    ["/", "unknown_field"],
    ["-", "unknown_field"],
    ["/-", "unknown_field"],
    ["/constructor", "unknown_field"],
    ["__proto__", "unknown_field"],
    ["/__proto__/x", "unknown_field"],
    ["/version", "unknown_field"],
    ["/computedProperties/a", "unknown_field"],
    ["properties/a", "unknown_field"],
    ["/properties/__proto__", "forbidden_key"],
    ["/properties/a/__proto__/b", "forbidden_key"],
    ["/properties/~", "invalid_format"],
    ["/properties/~2", "invalid_format"],
    ["/properties/a~/b", "invalid_format"],
    ["/properties/\u0000", "invalid_format"],
    ["/properties/\ud800", "invalid_format"],
    [`/properties${"/a".repeat(480)}`, "too_deep"],
    [`/properties${"/0".repeat(33)}`, "too_deep"],
    [`/properties/${"a".repeat(1000)}`, "too_long"],
  ])("%j is not a path to a field: %s", (field, code) => {
    expect(wrong(refused(revert(customerRules, life, { to: 1, field })).faults)).toEqual([`/field ${code}`]);
  });
});

describe("earlier values", () => {
  test("that have not changed since are not checked, even if a referenced record is gone", () => {
    const life = customer({ userId: 5, accessGroup: "old", name: "one", phone: "+10652985" });
    const changed = live(customerRules, nth(life.states, 0), [{ patch: { name: "two" } }]);
    const context = {
      ...later,
      resolve: () => undefined,
      phone: () => undefined,
      ...withLog(changed.log),
    };
    const parsed = parseRevert(customerFields, { where: { id }, to: 1 });
    expect(accepted(decideRevert(customerRules, changed.states.at(-1), parsed, context)).changes).toEqual([
      { path: "/name", from: "two", to: "one" },
    ]);
  });

  test("that differ must meet today's rules", () => {
    const first = accepted(customers.create({ userId: 5, groupTags: ["a", "b"], phone: "+10652985" })).next;
    const changed = live(customerRules, first, [{ patch: { userId: null, groupTags: ["b"], phone: null } }]);
    const context = {
      ...later,
      resolve: () => undefined,
      phone: () => undefined,
      ...withLog(changed.log),
    };
    const parsed = parseRevert(customerFields, { where: { id }, to: 1 });
    const outcome = decideRevert(customerRules, changed.states.at(-1), parsed, context);
    // The phone is already in stored form, so no numbering plan of today is applied to it.
    expect(wrong(refused(outcome).faults)).toEqual(["/to not_found", "/to/0 not_found"]);
  });
});

test("a country and its spelling revert together", () => {
  const first = accepted(customers.create({ addressCountryAsWritten: "Atlantis" })).next;
  const { states, log } = live(customerRules, first, [
    { patch: { addressCountry: "FR" } },
    { patch: { addressCountryAsWritten: "Lemuria" } },
  ]);
  expect(nth(states, 1)).toMatchObject({ addressCountry: "FR", addressCountryAsWritten: null });
  for (const field of ["addressCountry", "/addressCountryAsWritten"]) {
    for (const [to, version] of [
      [1, 2],
      [2, 3],
    ] as const) {
      const life = { states: states.slice(0, version), log: log.slice(0, version - 1) };
      const { addressCountry, addressCountryAsWritten } = nth(states, to - 1);
      expect(accepted(revert(customerRules, life, { to, field })).record).toMatchObject({
        addressCountry,
        addressCountryAsWritten,
      });
    }
  }
});

test("JSON over today's limits reverts in a part that does not enlarge it", () => {
  const first = {
    ...accepted(customers.create({})).next,
    properties: { long: "x".repeat(70_000), n: 1 } as JsonObject,
  };
  const second = { ...first, version: 2, properties: { ...first.properties, n: 2 } };
  const life = { states: [first, second], log: [entry(2, diff(first, second, ["properties"]))] };
  for (const field of [undefined, "properties", "/properties/n"]) {
    const reverted = accepted(revert(customerRules, life, { to: 1, ...(field && { field }) }));
    expect(reverted.changes).toEqual([{ path: "/properties/n", from: 2, to: 1 }]);
  }
  const third = { ...second, version: 3, properties: { n: 2 } };
  const shrunk = {
    states: [...life.states, third],
    log: [...life.log, entry(3, diff(second, third, ["properties"]))],
  };
  expect(wrong(refused(revert(customerRules, shrunk, { to: 1 })).faults)).toEqual(["/to too_large"]);
});

test("earlier values that today's policy would refuse are refused, except for set entries that are still present", () => {
  const first = {
    ...accepted(customers.create({})).next,
    emails: ["nobody", "b@x.example"],
    gender: "unknown",
  };
  const second = { ...first, version: 2, emails: ["nobody"], gender: null };
  const changes = diff(first, second, ["emails", "gender"]);
  const life = { states: [first, second] as StoredCustomer[], log: [entry(2, changes)] };
  expect(wrong(refused(revert(customerRules, life, { to: 1 })).faults)).toEqual([
    "/to/0 invalid_format",
    "/to invalid_choice",
  ]);
  expect(accepted(revert(customerRules, life, { to: 1, field: "emails" })).record.emails).toEqual(
    first.emails,
  );
});

/** Generates the life of a record: patches that change, remove and restore values. */
const lives = <R extends RecordBase>(rules: RecordRules<R, typeof later>, create: (input: object) => R) =>
  fc.array(patchOf(rules.fields), { minLength: 1, maxLength: 6 }).map((patches) =>
    live(
      rules,
      frozen(create({})),
      patches.map((patch) => ({ patch })),
    ),
  );
const types = [
  ["customer", lives(customerRules, (input) => accepted(customers.create(input)).next), customerRules],
  ["user", lives(userRules, (input) => accepted(users.create(input)).next), userRules],
] as unknown as [string, fc.Arbitrary<Life<RecordBase>>, RecordRules<RecordBase, typeof later>][];

const values = (fields: Fields, record: object): JsonObject =>
  Object.fromEntries(
    Object.entries(record as JsonObject).filter(([name]) => fields[name]?.access === "write"),
  );

/** The fields of a record whose values their policies would refuse. */
const misfits = (fields: Fields, record: object): string[] =>
  Object.entries(fields).flatMap(([name, field]) => {
    if (field.access !== "write") return [];
    const value = (record as JsonObject)[name];
    return jsonEqual(parseValue(field, value, "", []), value) ? [] : [name];
  });

describe.each(types)("any %s", (_type, anyLife, rules) => {
  test("reverts to any version exactly, and its log then leads back to each", () => {
    fc.assert(
      fc.property(anyLife, fc.nat(), (life, chosen) => {
        const to = 1 + (chosen % life.states.length);
        const { record, changes } = accepted(revert(rules, life, { to }));
        const then = nth(life.states, to - 1);
        expect(values(rules.fields, record)).toEqual(values(rules.fields, then));
        const log = [...life.log, entry(record.version, changes)];
        for (const [i, state] of life.states.entries()) {
          const past = rewind(record, log.filter(({ version }) => version > i + 1).toReversed());
          expect(values(rules.fields, past)).toEqual(values(rules.fields, state));
        }
      }),
    );
  });

  test("reverts any pointer with a fault at the pointer or to a valid record with the earlier part", () => {
    fc.assert(
      fc.property(anyLife, fc.nat(), paths(rules.fields), (life, chosen, path) => {
        const to = 1 + (chosen % life.states.length);
        const outcome = revert(rules, life, { to, field: pointer(...path) });
        if (outcome instanceof RosterError) {
          expect(outcome.faults?.every((fault) => fault.pointer === "/field")).toBe(true);
          return;
        }
        const { record, changes } = outcome;
        const now = nth(life.states, -1);
        expect(misfits(rules.fields, record)).toEqual([]);
        const part = valueAt(record as unknown as JsonValue, path);
        expect(jsonEqual(part, valueAt(nth(life.states, to - 1) as unknown as JsonValue, path))).toBe(true);
        // Nothing else is touched, apart from a companion value, and the change can be undone.
        expect(values(rules.fields, apply(record, inverse(changes)))).toEqual(values(rules.fields, now));
        const [name = ""] = path;
        const touched = changes.map(({ path: at }) => at.split("/")[1]);
        expect([name, ...companions(rules.fields, name)]).toEqual(expect.arrayContaining(touched));
      }),
      { numRuns: 400 },
    );
  });
});

/** Paths that often hit the keys of `jsonObject`, or lead past them. */
const paths = (fields: Fields) =>
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(...Object.keys(fields)),
        fc.constantFrom(...Object.keys(fields).filter((name) => fields[name]?.kind === "json"), "name"),
      ),
      fc.array(fc.constantFrom("a", "b", "c", "a/b", "~", "", "0", "1", "-", "constructor", "length"), {
        maxLength: 4,
      }),
    )
    .map(([field, rest]) => [field, ...rest]);
