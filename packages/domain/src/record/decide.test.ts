import { describe, expect, test } from "vitest";
import { customerRules, createCustomer, type CustomerContext } from "../customer/customer-update.ts";
import { customerFields, type StoredCustomer } from "../customer/customer.ts";
import { RosterError } from "../errors.ts";
import { accepted, customers, frozen, id, later, wrong } from "../testing/records.ts";
import { diff } from "./change.ts";
import {
  deleted,
  notFound,
  decideDelete,
  decideErase,
  decideRestore,
  decideRevert,
  decideUpdate,
  decideUpsert,
  type Decided,
} from "./decide.ts";
import type { LoggedChange } from "./history.ts";
import { parseRevert, parseUpdate } from "./parse.ts";
import { withLog } from "./rewind.ts";

/** A customer at version 3, whose name and plan have changed since version 1, with its log. */
const first = accepted(
  customers.create({ providedId: "acme", name: "one", properties: { plan: "free" } }),
).next;
const second = accepted(customers.update(first, { patch: { name: "two" } }, later)).next;
const current = frozen(
  accepted(customers.update(second, { patch: { properties: { plan: "pro" } } }, later)).next,
);
const row = (from: StoredCustomer, to: StoredCustomer): LoggedChange => ({
  seq: to.version,
  recordType: "customer",
  recordId: id,
  version: to.version,
  action: "update",
  at: to.updatedAt,
  actor: to.updatedBy,
  source: "test",
  reason: null,
  changes: diff(from, to, ["name", "properties"]),
});
const log = [row(first, second), row(second, current)];
const world: CustomerContext = {
  ...later,
  ...withLog(log),
};

const refusalOf = (outcome: unknown): RosterError => {
  if (outcome instanceof RosterError) return outcome;
  throw new Error(`was not refused: ${JSON.stringify(outcome)}`);
};
/**
 * Decides an update.
 *
 * @param record null for none
 */
const update = (input: object, record: StoredCustomer | null = current, context = world) =>
  decideUpdate(
    customerRules,
    record ?? undefined,
    parseUpdate(customerFields, { where: { id }, ...input }),
    context,
  );
const refused = (...given: Parameters<typeof update>) => {
  const { code, faults = [], conflict } = refusalOf(update(...given));
  return { code, faults: wrong(faults), since: conflict?.changedSince.map(({ path }) => path) };
};
const bad = { patch: { name: "three", email: "nobody" } };
const deletedCustomer = accepted(customerRules.delete(current, later)).next;

describe("an update", () => {
  test("applies to the record that it names by any unique value", () => {
    for (const where of [{ id }, { id: id.toUpperCase() }, { number: 1 }, { providedId: "acme" }]) {
      expect(update({ where, patch: { name: "three" } })).toEqual({
        record: { ...current, name: "three", version: 4, updatedAt: later.now, updatedBy: later.actor },
        changes: [{ path: "/name", from: "two", to: "three" }],
        applied: true,
      });
    }
  });

  test.each([{ id: id.replace("aa", "bb") }, { number: 2 }, { providedId: "Acme" }, { referenceId: "acme" }])(
    "that names %j does not apply to another record",
    (where) => {
      expect(refused({ where, ...bad })).toEqual({
        code: "NOT_FOUND",
        faults: ["/patch/email invalid_format"],
        since: undefined,
      });
    },
  );

  test("is refused if there is no record, or with the reason if it names none", () => {
    expect(refusalOf(update({ patch: {} }, null)).code).toBe("NOT_FOUND");
    expect(refused({ where: {}, ...bad }, null).faults).toEqual([
      "/where ambiguous",
      "/patch/email invalid_format",
    ]);
  });

  test("is refused for a deleted record, which has released the values that callers write", () => {
    expect(refused(bad, deletedCustomer)).toMatchObject({
      code: "DELETED",
      faults: ["/patch/email invalid_format"],
    });
    const byOwn = { where: { providedId: "acme" }, patch: { name: "x" } };
    expect(refused(byOwn, deletedCustomer).code).toBe("NOT_FOUND");
  });

  test("that changes nothing is not to be stored", () => {
    expect(update({ patch: { name: "two", properties: { plan: "pro" } } })).toEqual({
      record: current,
      changes: [],
      applied: false,
    });
  });

  test("as a dry run shows the result under the current version and is not to be stored", () => {
    expect(update({ patch: { name: "three" }, dryRun: true })).toEqual({
      record: { ...current, name: "three" },
      changes: [{ path: "/name", from: "two", to: "three" }],
      applied: false,
    });
  });
});

describe("an update with an expected version", () => {
  test("applies to that version and is refused for any other, with the changes since and all other faults", () => {
    expect(update({ patch: { name: "three" }, expectedVersion: 3 })).toMatchObject({ applied: true });
    expect(refused({ ...bad, expectedVersion: 1 })).toEqual({
      code: "STALE_VERSION",
      faults: ["/patch/email invalid_format"],
      since: ["/name", "/properties/plan"],
    });
    expect(refused({ ...bad, expectedVersion: 99 })).toEqual({
      code: "STALE_VERSION",
      faults: ["/patch/email invalid_format"],
      since: [],
    });
  });

  test("reports faults that only the rules find together with the conflict", () => {
    const context: CustomerContext = { ...world, resolve: () => undefined, taken: () => true };
    const patch = { userId: 5, providedId: "other", phone: "call me" };
    expect(refused({ patch, expectedVersion: 2 }, current, context)).toEqual({
      code: "STALE_VERSION",
      faults: ["/patch/userId not_found", "/patch/phone invalid_format", "/patch/providedId taken"],
      since: ["/properties/plan"],
    });
  });

  test("is refused without faults if there are none", () => {
    expect(refusalOf(update({ patch: { name: "x" }, expectedVersion: 1 })).faults).toBeUndefined();
  });

  test("is rebased if no one else changed the same values, and otherwise refused with the conflicting changes", () => {
    const rebase = { expectedVersion: 2, onConflict: "rebase" };
    expect(update({ ...rebase, patch: { name: "three" } })).toMatchObject({ applied: true });
    expect(refused({ ...rebase, patch: { properties: { plan: "gold" } } })).toMatchObject({
      code: "STALE_VERSION",
      since: ["/properties/plan"],
    });
    expect(refused({ ...rebase, ...bad })).toMatchObject({ code: "INVALID", since: undefined });
    expect(refused({ ...rebase, patch: { properties: { plan: "gold" }, email: "x" } })).toEqual({
      code: "STALE_VERSION",
      faults: ["/patch/email invalid_format"],
      since: ["/properties/plan"],
    });
  });

  test("cannot be rebased without a log, or from a future version", () => {
    const rebase = { expectedVersion: 2, onConflict: "rebase", patch: { name: "three" } };
    expect(refused(rebase, current, later)).toMatchObject({ code: "STALE_VERSION", since: [] });
    expect(refused({ ...rebase, expectedVersion: 4 })).toMatchObject({ code: "STALE_VERSION", since: [] });
  });

  test("is mandatory in some tenants, whose refusals list all other faults too", () => {
    const strict = { ...world, requiresVersions: () => true };
    expect(refused(bad, current, strict)).toMatchObject({
      code: "VERSION_REQUIRED",
      faults: ["/patch/email invalid_format"],
    });
    expect(update({ patch: { name: "three" }, expectedVersion: 3 }, current, strict)).toMatchObject({
      applied: true,
    });
  });
});

describe("a revert", () => {
  const revert = (input: object, record: StoredCustomer | undefined = current, context = world) =>
    decideRevert(customerRules, record, parseRevert(customerFields, { where: { id }, ...input }), context);

  test("is an update with the earlier values, under the same rules", () => {
    expect(revert({ to: 1 })).toMatchObject({
      record: { name: "one", properties: { plan: "free" }, version: 4 },
      applied: true,
    });
    expect(revert({ to: 1, field: "name", dryRun: true })).toMatchObject({
      record: { name: "one", properties: { plan: "pro" }, version: 3 },
      applied: false,
    });
    expect(refusalOf(revert({ to: 1, where: { number: 7 } })).code).toBe("NOT_FOUND");
    expect(refusalOf(revert({ to: 1 }, deletedCustomer)).code).toBe("DELETED");
    expect(refusalOf(revert({ to: 1 }, current, { ...world, requiresVersions: () => true })).code).toBe(
      "VERSION_REQUIRED",
    );
  });

  test("with a stale version also reports its own faults", () => {
    const { code, faults = [], conflict } = refusalOf(revert({ to: 9, field: "name", expectedVersion: 1 }));
    expect([code, wrong(faults), conflict?.currentVersion]).toEqual(["STALE_VERSION", ["/to not_found"], 3]);
    expect(wrong(refusalOf(revert({ field: "version", to: 0 })).faults ?? [])).toEqual([
      "/to out_of_range",
      "/field unknown_field",
    ]);
  });

  test("without a log is possible only to the current version", () => {
    expect(wrong(refusalOf(revert({ to: 1 }, current, later)).faults ?? [])).toEqual(["/to not_found"]);
    expect(revert({ to: 3 }, current, later)).toEqual({ record: current, changes: [], applied: false });
  });
});

describe("an upsert", () => {
  const upsert = (input: object, record: StoredCustomer | undefined, context = world) =>
    decideUpsert(
      customerRules,
      record,
      parseUpdate(customerFields, { where: { providedId: "acme" }, ...input }),
      (parsed) => createCustomer({ id: "new", number: 2, token: "t" }, parsed, context),
      context,
    );

  test("updates the live record, and creates one if there is none or only a deleted one", () => {
    expect(upsert({ patch: { name: "three" } }, current)).toMatchObject({
      record: { id, name: "three", version: 4 },
      applied: true,
      created: false,
    });
    const other = { ...current, providedId: "other" };
    for (const record of [undefined, deletedCustomer, other]) {
      expect(upsert({ patch: { name: "three" } }, record)).toMatchObject({
        record: { id: "new", providedId: "acme", name: "three", version: 1 },
        applied: true,
        created: true,
      });
    }
  });

  test("with an expected version needs a record", () => {
    expect(refusalOf(upsert({ expectedVersion: 3, ...bad }, undefined))).toMatchObject({
      code: "NOT_FOUND",
      faults: [{ pointer: "/patch/email" }],
    });
  });

  test("makes no record without the key by which the same request would find it again", () => {
    const lost = { patch: { providedId: null, name: "x" } };
    expect(refusalOf(upsert(lost, undefined)).faults).toMatchObject([
      { pointer: "/patch/providedId", code: "ambiguous" },
    ]);
    expect(upsert(lost, current)).toMatchObject({ record: { providedId: null }, created: false });
  });

  test("as a dry run creates nothing", () => {
    expect(upsert({ dryRun: true, patch: { name: "x" } }, undefined)).toMatchObject({
      record: { name: "x" },
      applied: false,
      created: false,
    });
  });
});

describe("a deletion, restoration or erasure", () => {
  const by = (...versions: number[]) => ({
    where: [{ field: "id", value: id } as const],
    expectedVersion: versions,
  });
  const end = <R>(outcome: Decided<R> | RosterError) => accepted(outcome);

  test("applies to the named record, and a deletion to the expected version", () => {
    const missing = { pointer: "/where", code: "required", message: "" } as const;
    expect(end(decideDelete(customerRules, current, by(3), world)).record.deletedAt).toBe(world.now);
    expect(refusalOf(decideDelete(customerRules, current, by(2), world)).code).toBe("STALE_VERSION");
    expect(refusalOf(decideDelete(customerRules, deletedCustomer, by(4), world)).code).toBe("DELETED");
    const other = { where: [{ field: "id", value: "other" } as const] };
    for (const decide of [decideDelete, decideRestore, decideErase]) {
      expect(refusalOf(decide(customerRules, current, other, world)).code).toBe("NOT_FOUND");
      const { code, faults = [] } = refusalOf(decide(customerRules, current, { where: [] }, world));
      expect([code, wrong(faults)]).toEqual(["INVALID", wrong([missing])]);
    }
  });

  test("leaves a live record as it is, and is refused for an erased one", () => {
    expect(end(decideRestore(customerRules, current, by(), world))).toEqual({
      record: current,
      changes: [],
      applied: false,
    });
    expect(end(decideRestore(customerRules, deletedCustomer, by(), world)).record.deletedAt).toBeNull();
    const erased = end(decideErase(customerRules, deletedCustomer, by(), world)).record;
    expect(erased).toMatchObject({ name: null, erasedAt: world.now });
    for (const decide of [decideRestore, decideErase]) {
      expect(refusalOf(decide(customerRules, erased, by(), world))).toMatchObject({
        code: "DELETED",
        message: `the customer was erased at ${world.now}`,
      });
    }
  });

  test.each([decideDelete, decideRestore, decideErase])(
    "is refused with the request's faults: %o",
    (decide) => {
      const request = parseUpdate(customerFields, { where: { id }, colour: "blue" });
      const record = decide === decideRestore ? deletedCustomer : current;
      const { code, faults = [] } = refusalOf(decide(customerRules, record, request, world));
      expect([code, faults.map(({ pointer }) => pointer)]).toEqual(["INVALID", ["/colour"]]);
    },
  );

  test.each([decideDelete, decideRestore, decideErase])("of a dry run stores nothing: %o", (decide) => {
    const request = parseUpdate(customerFields, { where: { id }, dryRun: true });
    const record = decide === decideRestore ? deletedCustomer : current;
    const { applied, changes, record: preview } = end(decide(customerRules, record, request, world));
    expect({ applied, version: preview.version }).toEqual({ applied: false, version: record.version });
    expect(changes).not.toEqual([]);
  });

  test("is refused for a customer with children", () => {
    const parent = { ...world, childLevels: () => ["one"] };
    for (const decide of [decideDelete, decideErase]) {
      expect(refusalOf(decide(customerRules, current, by(3), parent)).code).toBe("CONFLICT");
    }
  });
});

test("refusals name a type of record in words", () => {
  expect(notFound("userGroup").message).toBe("there is no such user group");
  expect(deleted("accessGroup", { deletedAt: "2026-05-06T07:08:09.000Z" }).message).toContain(
    "the access group was deleted",
  );
});
