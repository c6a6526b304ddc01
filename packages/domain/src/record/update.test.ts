import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CustomerContext } from "../customer/customer-update.ts";
import type { CustomerPatch, StoredCustomer } from "../customer/customer.ts";
import { jsonObject, patchOf, writable } from "../testing/arbitraries.ts";
import { accepted, created, customers, frozen, later, refused, users, wrong } from "../testing/records.ts";
import { userRules } from "../user/user-update.ts";
import { apply, inverse } from "./change.ts";
import type { Fields } from "./field.ts";
import { jsonLimits } from "./json.ts";
import { isStale } from "./version.ts";

const customer = (input: object = {}) => frozen(accepted(customers.create(input)).next);
const update = (current: StoredCustomer, input: object, context?: CustomerContext) =>
  accepted(customers.update(current, input, context));

const names = writable(customers.fields).map(([name]) => name);
/** Maps a text to the field that it spells: their values belong together. */
const thing = (name: string): string => (customers.fields as Fields)[name]?.spells ?? name;

/** Updates that use every block of the grammar without contradictions. */
const anyUpdate = fc
  .tuple(
    patchOf(customers.fields),
    fc.record({ mapping: jsonObject }, { requiredKeys: [] }),
    fc.subarray(["red", "green", "blue", "Blue"]),
    fc.subarray(["red", "green", "blue", "Blue"]),
  )
  .map(([{ groupTags: _tags, mapping, ...patch }, replace, add, remove]) => ({
    patch: "mapping" in replace ? patch : { ...patch, mapping },
    replace,
    add: { groupTags: add },
    remove: { groupTags: remove.filter((tag) => !add.includes(tag)) },
  }));
const anyCustomer = patchOf(customers.fields).map((input) => {
  const given = Object.entries(input).filter(([name, value]) => value !== null || name !== "emails");
  return customer(Object.fromEntries(given));
});

describe("any update", () => {
  test("returns changes that lead to its result, and whose inverse leads back", () => {
    fc.assert(
      fc.property(anyCustomer, anyUpdate, (current, input) => {
        const { next, changes } = update(current, frozen(input));
        const { version, updatedAt, updatedBy } = next;
        const stamp = { version, updatedAt, updatedBy };
        expect({ ...apply(current, changes), ...stamp }).toEqual(next);
        expect({ ...apply(next, inverse(changes)), ...stamp }).toEqual({ ...current, ...stamp });
      }),
    );
  });

  test("changes nothing when applied again", () => {
    fc.assert(
      fc.property(anyCustomer, anyUpdate, (current, input) => {
        const { next } = update(current, input);
        const again = update(next, input);
        expect(again.changes).toEqual([]);
        expect(again.next).toBe(next);
      }),
    );
  });

  test("touches only the fields that it names, and sets no defaults", () => {
    fc.assert(
      fc.property(anyCustomer, fc.constantFrom(...names), anyUpdate, (current, name, input) => {
        const { patch } = input as { patch: Record<string, unknown> };
        const { next } = update(current, { patch: name in patch ? { [name]: patch[name] } : {} });
        const { version, updatedAt, updatedBy } = next;
        const same = names.filter((other) => thing(other) === thing(name));
        const named = Object.fromEntries(same.map((one) => [one, null]));
        expect({ ...next, ...named }).toEqual({ ...current, version, updatedAt, updatedBy, ...named });
      }),
    );
  });

  test("that changes anything raises the version by exactly one", () => {
    fc.assert(
      fc.property(anyCustomer, anyUpdate, (current, input) => {
        const { next, changes } = update(current, input);
        expect(next.version).toBe(current.version + (changes.length > 0 ? 1 : 0));
      }),
    );
  });
});

describe("two updates give the same result in either order if they concern different", () => {
  const both = (current: StoredCustomer, a: object, b: object) => {
    const ab = update(update(current, a).next, b).next;
    const ba = update(update(current, b).next, a).next;
    expect(ab).toEqual(ba);
    return ab;
  };

  test("fields", () => {
    const split = fc
      .tuple(patchOf(customers.fields), fc.subarray(names))
      .map(([patch, some]): [object, object] => [
        Object.fromEntries(Object.entries(patch).filter(([name]) => some.includes(thing(name)))),
        Object.fromEntries(Object.entries(patch).filter(([name]) => !some.includes(thing(name)))),
      ]);
    fc.assert(
      fc.property(anyCustomer, split, (current, [a, b]) => {
        both(current, { patch: a }, { patch: b });
      }),
    );
  });

  test("keys of one JSON field", () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, jsonObject, (properties, a, b) => {
        both(customer({ properties }), { patch: { properties: { a } } }, { patch: { properties: { b } } });
      }),
    );
  });

  test("entries of one set", () => {
    const result = both(
      customer({ groupTags: ["trial"] }),
      { add: { groupTags: ["gold"] }, remove: { groupTags: ["trial"] } },
      { remove: { groupTags: ["none"] } },
    );
    expect(result.groupTags).toEqual(["gold"]);
  });
});

describe("JSON fields", () => {
  const current = customer({ properties: { plan: "free", seats: { used: 1, paid: 2 } } });

  test("merge deeply by a patch", () => {
    const { next, changes } = update(current, {
      patch: { properties: { plan: null, seats: { used: 3 }, "a/b": [null] } },
    });
    expect(next.properties).toEqual({ seats: { used: 3, paid: 2 }, "a/b": [null] });
    expect(changes).toEqual([
      { path: "/properties/plan", from: "free" },
      { path: "/properties/seats/used", from: 1, to: 3 },
      { path: "/properties/a~1b", to: [null] },
    ]);
  });

  test("are replaced as a whole by a replacement, including nulls", () => {
    const { next } = update(current, { replace: { properties: { plan: null } } });
    expect(next.properties).toEqual({ plan: null });
  });

  test("accept a patch if they had no value", () => {
    expect(update(customer(), { patch: { properties: { a: { b: null, c: 1 } } } }).next.properties).toEqual({
      a: { c: 1 },
    });
  });

  test("cannot exceed their limits by merging", () => {
    const keys = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, 0]));
    const wide = customer({ properties: keys("a", 600) });
    const { faults } = refused(customers.update(wide, { patch: { properties: keys("b", 401) } }));
    expect(faults).toEqual([
      {
        pointer: "/patch/properties",
        code: "too_many",
        message: "has 1001 keys and elements, more than 1000",
      },
    ]);
    const long = customer({ properties: { a: "x".repeat(jsonLimits.bytes / 2) } });
    const more = { patch: { properties: { b: "x".repeat(jsonLimits.bytes / 2) } } };
    expect(wrong(refused(customers.update(long, more)).faults)).toEqual(["/patch/properties too_large"]);
    const moved = { patch: { properties: { a: null, ...more.patch.properties } } };
    expect(update(long, moved).changes).toHaveLength(2);
  });
});

describe("sets", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => `tag ${i}`);

  test("keep a repeated entry once, in its first spelling", () => {
    const { next } = update(customer(), {
      patch: { emails: ["Ada@x.example", "b@x.example", "ada@X.example"] },
      add: { groupTags: ["a", "b", "a"] },
    });
    expect(next.emails).toEqual(["Ada@x.example", "b@x.example"]);
    expect(next.groupTags).toEqual(["a", "b"]);
  });

  test("find an address in any case: it is not added twice, and it is removed", () => {
    const current = customer({ emails: ["Ada@x.example"] });
    expect(update(current, { add: { emails: ["ada@X.EXAMPLE"] } }).changes).toEqual([]);
    expect(update(current, { remove: { emails: ["ADA@x.example"] } }).next.emails).toEqual([]);
  });

  test("that are full refuse another entry, but accept it in exchange for a removed one", () => {
    const full = customer({ groupTags: hundred });
    expect(refused(customers.update(full, { add: { groupTags: ["more"] } })).faults).toEqual([
      { pointer: "/add/groupTags", code: "too_many", message: "makes 101 entries, more than 100" },
    ]);
    const { next } = update(full, { add: { groupTags: ["more"] }, remove: { groupTags: ["tag 0"] } });
    expect(next.groupTags).toEqual([...hundred.slice(1), "more"]);
  });

  test("keep names that normalise to the same value once", () => {
    const resolve: CustomerContext["resolve"] = (_reference, named) => String(named).toLowerCase();
    const { next } = update(customer(), { patch: { groupTags: ["A", "a"] } }, { ...later, resolve });
    expect(next.groupTags).toEqual(["a"]);
  });
});

describe("values that depend on the context", () => {
  const world: CustomerContext = {
    ...later,
    phone: (written) => (written.startsWith("0") ? `+31${written.slice(1)}` : undefined),
    country: (written) => (written === "Netherlands" ? "NL" : undefined),
    resolve: (reference, named) => (reference === "customer" && named === "acme" ? "id of acme" : undefined),
    taken: (field, value) => field === "providedId" && value === "taken",
  };

  test("are stored in normal form, and setting them again is not a change", () => {
    const input = { patch: { phone: "0201234567", country: "Netherlands", customer: "acme" } };
    const { next } = accepted(users.update(accepted(users.create({})).next, input, world));
    expect(next).toMatchObject({ phone: "+31201234567", country: "NL", customer: "id of acme" });
    expect(accepted(users.update(next, input, world))).toEqual({ next, changes: [] });
  });

  test.each([
    ["phone", "call me", "invalid_format", /with \+ and the country code/],
    ["addressCountry", "Atlantis", "invalid_format", /ISO 3166-1/],
    ["providedId", "taken", "taken", /"taken" is taken/],
    ["accessGroup", "none", "not_found", /there is no access group "none"/],
    ["defaultChannelId", 404, "not_found", /there is no channel 404/],
    ["userId", 404, "not_found", /there is no user 404/],
    ["hierarchyLevel", "none", "not_found", /there is no hierarchy level "none"/],
    ["parent", "none", "not_found", /there is no customer "none"/],
  ])("are refused with a message that names the value or the solution: %s", (name, value, code, message) => {
    const { faults } = refused(customers.update(customer(), { patch: { [name]: value } }, world));
    expect(faults).toEqual([
      { pointer: `/patch/${name}`, code, message: expect.stringMatching(message) as string },
    ]);
  });

  test("are checked for uniqueness only if the update changes them", () => {
    const current = customer({ providedId: "acme" });
    const context = { ...later, taken: () => true };
    expect(update(current, { patch: { name: "Acme", providedId: "acme" } }, context).next.name).toBe("Acme");
  });

  test("are refused entry by entry in sets, each at its own place", () => {
    const context: CustomerContext = {
      ...later,
      resolve: (_reference, named) => (named === "gold" ? named : undefined),
    };
    const input = { add: { groupTags: ["gold", "gold", "tin", "lead"] } };
    expect(wrong(refused(customers.update(customer(), input, context)).faults)).toEqual([
      "/add/groupTags/2 not_found",
      "/add/groupTags/3 not_found",
    ]);
  });

  test("can be removed from a set even if the tag no longer exists", () => {
    const current = customer({ groupTags: ["old"] });
    const context = { ...later, resolve: () => undefined };
    expect(update(current, { remove: { groupTags: ["old"] } }, context).next.groupTags).toEqual([]);
  });
});

test("all faults of an update are reported together, and none of its edits is applied", () => {
  const context: CustomerContext = {
    ...later,
    levels: () => ["top", "one"],
    resolve: (reference, named) => (["customer", "hierarchyLevel"].includes(reference) ? named : undefined),
    taken: (field) => field === "providedId",
  };
  const current = customer({ name: "Acme" });
  const outcome = customers.update(
    current,
    frozen({
      where: { id: "x", number: 1 },
      patch: {
        name: "Other",
        email: "nobody",
        gender: "none",
        isDemo: null,
        version: 8,
        frist_name: "A",
        dateOfBirth: "2023-02-29",
        properties: { a: { b: Infinity } },
        phone: "12",
        accessGroup: "none",
        providedId: "acme",
        hierarchyLevel: "top",
        parent: "other",
      },
      replace: { properties: {} },
      add: { groupTags: ["", "x"], emails: ["a@x.example"] },
      remove: { emails: ["A@x.example"] },
      reason: 5,
      undo: true,
    }),
    context,
  );
  const refusal = refused(outcome);
  expect(refusal.code).toBe("INVALID");
  expect(wrong(refusal.faults)).toEqual([
    "/reason invalid_type",
    "/undo unknown_field",
    "/where ambiguous",
    "/patch/email invalid_format",
    "/patch/gender invalid_choice",
    "/patch/isDemo not_nullable",
    "/patch/version read_only",
    "/patch/frist_name unknown_field",
    "/patch/dateOfBirth invalid_format",
    "/patch/properties/a/b invalid_type",
    "/add/groupTags/0 too_short",
    "/replace/properties ambiguous",
    "/add/emails/0 ambiguous",
    "/patch/phone invalid_format",
    "/patch/accessGroup not_found",
    "/patch/providedId taken",
    "/patch/parent level_order",
  ]);
  expect(current.name).toBe("Acme");
});

test("a new record is refused with every fault, too", () => {
  const context: CustomerContext = { ...created, taken: () => true, resolve: () => undefined };
  const input = { providedId: "acme", email: "x", userId: 1, phone: "x" };
  expect(wrong(refused(customers.create(input, context)).faults)).toEqual([
    "/email invalid_format",
    "/userId not_found",
    "/phone invalid_format",
    "/providedId taken",
  ]);
});

test("a new record has version 1, its actor and time, and a change for each value", () => {
  const { next, changes } = accepted(customers.create({ name: "Acme", emails: [], isDemo: undefined }));
  expect(next).toMatchObject({
    version: 1,
    createdAt: created.now,
    updatedAt: created.now,
    createdBy: created.actor,
    updatedBy: created.actor,
    deletedAt: null,
    name: "Acme",
    emails: [],
    isDemo: false,
  });
  expect(changes).toEqual(
    expect.arrayContaining([
      { path: "/name", to: "Acme" },
      { path: "/isDemo", to: false },
      { path: "/number", to: 1 },
    ]),
  );
});

describe("a deleted record", () => {
  const user = frozen(accepted(users.create({ username: "ada" })).next);
  const deleted = accepted(userRules.delete(user, later));

  test("keeps its values and its time of deletion", () => {
    expect(deleted).toEqual({
      next: { ...user, deletedAt: later.now, version: 2, updatedAt: later.now, updatedBy: later.actor },
      changes: [{ path: "/deletedAt", from: null, to: later.now }],
    });
  });

  test("is restored unchanged", () => {
    const { next, changes } = accepted(userRules.restore(deleted.next, created));
    expect(next).toEqual({ ...user, version: 3, updatedBy: created.actor });
    expect(changes).toEqual([{ path: "/deletedAt", from: later.now, to: null }]);
    expect(accepted(userRules.restore(next, later))).toEqual({ next, changes: [] });
  });

  test("cannot be restored once its unique value is taken", () => {
    const refusal = refused(
      userRules.restore(deleted.next, { ...later, taken: (field) => field === "username" }),
    );
    expect(refusal.code).toBe("CONFLICT");
    expect(refusal.faults).toEqual([{ pointer: "/username", code: "taken", message: '"ada" is taken' }]);
  });
});

test("a version is stale if another one is expected", () => {
  const current = customer();
  expect([undefined, 1, 2].map((expected) => isStale(current, expected))).toEqual([false, false, true]);
});

test("the types of a patch allow only existing fields and values", () => {
  // @ts-expect-error no such field
  void ({ noSuchField: "A" } satisfies CustomerPatch);
  // @ts-expect-error a field that Roster sets
  void ({ version: 1 } satisfies CustomerPatch);
  // @ts-expect-error a field that cannot be null
  void ({ isDemo: null } satisfies CustomerPatch);
  const patch = {
    phone: null,
    timestamp: new Date(0),
    properties: { a: { b: null } },
  } satisfies CustomerPatch;
  expect(update(customer(), { patch }).next.timestamp).toBe("1970-01-01T00:00:00.000Z");
});
