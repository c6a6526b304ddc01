import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { customerFields, type StoredCustomer } from "./customer.ts";
import { fieldsWhere } from "../record/field.ts";
import type { LoggedChange } from "../record/history.ts";
import { jsonEqual, type JsonObject, type JsonValue } from "../record/json.ts";
import { patchOf } from "../testing/arbitraries.ts";
import { accepted, customers, frozen, id, later, refused, wrong } from "../testing/records.ts";
import type { CustomerContext } from "./customer-update.ts";
import { changedSince } from "../record/version.ts";
import { giveBack, mergeableFields, mergeChoices, mergedAway, mergeInto } from "./merge.ts";

const names = fieldsWhere(customerFields, ({ access }) => access === "write");
const values = (record: StoredCustomer) =>
  Object.fromEntries(names.map((name) => [name, (record as unknown as JsonObject)[name]]));

const customer = (input: object, more: Partial<StoredCustomer> = {}): StoredCustomer =>
  frozen({ ...accepted(customers.create(input)).next, ...more });
const other = "0197b8a0-0000-7000-8000-0000000000bb";

/** Merges two customers and returns the survivor with the log row of the merge. */
function merged(
  into: StoredCustomer,
  from: StoredCustomer,
  prefer: Record<string, "into" | "from"> = {},
  context: CustomerContext = later,
): { next: StoredCustomer; log: LoggedChange[] } {
  const choices = mergeChoices(into, from, prefer, context);
  const { next, changes } = accepted(mergeInto(into, choices, context));
  const { version, updatedAt: at, updatedBy: actor } = next;
  const what = {
    recordType: "customer",
    recordId: id,
    action: "merge",
    source: "test",
    reason: null,
  } as const;
  return { next, log: [{ ...what, seq: 1, version, at, actor, changes }] };
}

const anyCustomer = patchOf(customerFields).map((input) =>
  customer(
    Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== null || name !== "emails")),
  ),
);
const anyPreference = fc.dictionary(
  fc.constantFrom(...mergeableFields),
  fc.constantFrom("into" as const, "from" as const),
);

/** Treats an empty object as no value. */
const some = (value: JsonValue | undefined) => (jsonEqual(value, {}) ? null : value);

describe("any merge", () => {
  test("keeps every value that either customer has, and undoing it restores the survivor", () => {
    fc.assert(
      fc.property(anyCustomer, anyCustomer, anyPreference, (into, from, prefer) => {
        const { next, log } = merged(into, from, prefer);
        for (const name of mergeableFields) {
          const [mine, theirs, result] = [into, from, next].map((of) => (of as unknown as JsonObject)[name]);
          if (prefer[name] === undefined && mine === null) expect(some(result), name).toEqual(some(theirs));
          if (theirs === null) expect(result, name).toEqual(mine);
        }
        const back = accepted(giveBack(next, log[0], [], later)).next;
        expect(values(back)).toEqual(values(into));
      }),
    );
  });

  test("changes nothing if the duplicate has no values", () => {
    fc.assert(
      fc.property(anyCustomer, (into) => {
        expect(merged(into, customer({ isDemo: false })).next).toBe(into);
        expect(merged(into, into).next).toBe(into);
      }),
    );
  });
});

describe("a merge", () => {
  test("keeps stored values even if today's rules would refuse them", () => {
    const strange: CustomerContext = { ...later, phone: () => undefined, country: () => undefined };
    const stored = { phone: "+10652985", addressCountry: "YU", email: "nobody", name: "n".repeat(999) };
    expect(merged(customer({}), customer({}, stored), {}, strange).next).toMatchObject(stored);
  });

  test("ignores the duplicate's empty values and replaces the survivor's", () => {
    const empty: Partial<StoredCustomer> = {
      name: "",
      job: null,
      emails: [],
      properties: {},
      isDemo: false,
      userId: 404,
    };
    const full = {
      name: "n",
      job: "j",
      emails: ["e@x.example"],
      properties: { a: 1 },
      isDemo: true,
      userId: 1,
    };
    const context: CustomerContext = {
      ...later,
      resolve: (_of, named) => (named === 404 ? undefined : named),
    };
    const [none, some] = [customer({}, empty), customer({}, full)];
    expect(merged(none, some, {}, context).next).toMatchObject(full);
    expect(merged(some, none, {}, context).next).toBe(some);
    expect(merged(some, none, { name: "from", userId: "from", properties: "from" }, context).next).toBe(some);
  });

  test("joins JSON key by key, and a value replaces an empty one", () => {
    const [mine, theirs] = [
      { a: "", b: null, c: [], d: {}, off: false, zero: 0, own: 1, none: null, out: "" },
      { a: "v", b: 1, c: [1], d: { x: 1 }, off: true, zero: 5, own: "", none: "", new: null, out: false },
    ];
    const joined = { ...mine, a: "v", b: 1, c: [1], d: { x: 1 }, new: null, out: false };
    const [into, from] = [customer({ properties: mine }), customer({ properties: theirs })];
    expect(merged(into, from).next.properties).toEqual(joined);
    expect(merged(into, from, { properties: "into" }).next.properties).toEqual({ ...mine, new: null });
    expect(merged(into, from, { properties: "from" }).next.properties).toEqual({
      ...joined,
      off: true,
      zero: 5,
      none: "",
    });
  });

  test("carries over JSON and sets that exceed today's limits, but refuses to join them beyond the limits", () => {
    const properties = { long: "x".repeat(70_000) };
    const emails = Array.from({ length: 150 }, (_, i) => `n${i}@x.example`);
    const from = customer({}, { properties, emails });
    expect(merged(customer({}), from).next).toMatchObject({ properties, emails });
    const into = customer({ properties: { a: "x".repeat(100) }, emails: ["a@x.example"] });
    const choices = mergeChoices(into, from, {}, later);
    expect(wrong(refused(mergeInto(into, choices, later)).faults)).toEqual([
      "/prefer/emails too_many",
      "/prefer/properties too_large",
    ]);
  });

  test("deletes the duplicate and points it at the survivor", () => {
    const duplicate = customer({ name: "n" });
    expect(mergedAway(duplicate, other, later).next).toEqual({
      ...duplicate,
      deletedAt: later.now,
      mergedInto: other,
      version: 2,
      updatedAt: later.now,
      updatedBy: later.actor,
    });
  });

  test("cannot be undone once the survivor's old unique value is taken or a merged value has changed", () => {
    const { next, log } = merged(customer({ providedId: "mine" }), customer({ providedId: "theirs" }), {
      providedId: "from",
    });
    const taken = { ...later, taken: () => true };
    expect(wrong(refused(giveBack(next, log[0], [], taken)).faults)).toEqual(["/where taken"]);
    const since = log.map((entry): LoggedChange => ({ ...entry, version: 3, action: "update" }));
    expect(giveBack({ ...next, version: 3 }, log[0], changedSince(since), later)).toMatchObject({
      code: "STALE_VERSION",
      conflict: { currentVersion: 3, changedSince: [{ path: "/providedId" }] },
    });
  });

  test("cannot be undone if a text that spells a merged value has changed since", () => {
    const phone = "+442079460182";
    const { next, log } = merged(customer({}), customer({ phone }));
    const patch = { phoneAsWritten: "020 7946 0182" };
    const spelt = accepted(customers.update(next, { patch }, { ...later, phone: () => phone }));
    expect(spelt.changes.map(({ path }) => path)).toEqual(["/phoneAsWritten"]);
    const since = [{ path: "/phoneAsWritten", version: spelt.next.version, at: "", actor: "" }];
    expect(giveBack(spelt.next, log[0], since, later)).toMatchObject({
      code: "STALE_VERSION",
      conflict: { changedSince: [{ path: "/phoneAsWritten" }] },
    });
  });
});
