import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { customerRules } from "../customer/customer-update.ts";
import { customerFields, type StoredCustomer } from "../customer/customer.ts";
import { RosterError } from "../errors.ts";
import type { Change } from "../record/change.ts";
import type { Action, LoggedChange } from "../record/history.ts";
import { patchOf } from "../testing/arbitraries.ts";
import { accepted, customers, frozen, id, later } from "../testing/records.ts";
import { erase } from "../record/update.ts";
import { openChangeSet, requireOpen, withChange } from "./change-set.ts";
import { decideUndo } from "./undo.ts";

/** Reads a phone number of London without its country code, too. */
const reading = {
  ...later,
  phone: (written: string) => later.phone(written.replace("020 ", "+4420").replaceAll(" ", "")),
};

/** A customer's life: what changed it, by whom, and its log. */
class Life {
  record: StoredCustomer;
  readonly log: LoggedChange[] = [];

  constructor(input: object, changeSet?: string) {
    const { next, changes } = accepted(customers.create(input, reading));
    this.record = frozen(next);
    this.#add("create", changes, changeSet);
  }

  update(patch: object, changeSet?: string): this {
    return this.#apply("update", customers.update(this.record, { patch }, reading), changeSet);
  }

  delete(changeSet?: string): this {
    return this.#apply("delete", customerRules.delete(this.record, later), changeSet);
  }

  #apply(action: Action, outcome: ReturnType<typeof customers.update>, changeSet?: string): this {
    const { next, changes } = accepted(outcome);
    this.record = frozen(next);
    if (changes.length > 0) this.#add(action, changes, changeSet);
    return this;
  }

  #add(action: Action, changes: Change[], changeSet?: string): void {
    const { version, updatedAt: at, updatedBy: actor } = this.record;
    const entry = { seq: version, recordType: "customer", recordId: id, version, action, at, actor } as const;
    this.log.push({ ...entry, source: "test", reason: null, changes, ...(changeSet && { changeSet }) });
  }

  /** Undoes the set `set`. */
  undo() {
    const first = this.log.findIndex(({ changeSet }) => changeSet === "set");
    const isOwn = ({ changeSet }: LoggedChange) => changeSet === "set";
    return decideUndo(customerRules, this.record, this.log.slice(first), isOwn, later);
  }

  /** The record after the undo. */
  undone(): StoredCustomer {
    return accepted(this.undo()).at(-1)?.record ?? this.record;
  }
}

const error = (outcome: unknown): RosterError => {
  if (outcome instanceof RosterError) return outcome;
  throw new Error(`was not refused: ${JSON.stringify(outcome)}`);
};
const values = ({ version: _, updatedAt: _at, updatedBy: _by, ...rest }: StoredCustomer) => rest;

describe("the undo of a change set for one record", () => {
  test("deletes a record that the set created, whatever the set did to it afterwards", () => {
    const steps = accepted(new Life({ name: "a" }, "set").update({ name: "b" }, "set").undo());
    expect(steps.map(({ action, record }) => [action, record.version, record.name])).toEqual([
      ["delete", 3, "b"],
    ]);
  });

  test("changes nothing that is undone already", () => {
    expect(new Life({}, "set").delete().undo()).toEqual([]);
    expect(new Life({ name: "a" }).update({ name: "b" }, "set").update({ name: "a" }).undo()).toEqual([]);
  });

  test("restores values and records that the set deleted, in one version for each", () => {
    const life = new Life({ name: "a", phone: "+442079460182" }).update({ name: "b", phone: null }, "set");
    const steps = accepted(life.delete("set").undo());
    expect(steps.map(({ action }) => action)).toEqual(["restore", "revert"]);
    expect(values(life.undone())).toEqual(values(new Life({ name: "a", phone: "+442079460182" }).record));
  });

  test("keeps values that others changed, unless the set changed them too", () => {
    const life = new Life({ properties: { a: 1 } }).update({ properties: { a: 2, b: 2 } }, "set");
    expect(life.update({ properties: { c: 3 }, job: "x" }).undone()).toMatchObject({
      properties: { a: 1, c: 3 },
      job: "x",
    });
    const conflict = error(life.update({ properties: { b: 4 } }).undo());
    expect(conflict).toMatchObject({
      code: "STALE_VERSION",
      conflict: {
        expectedVersion: 2,
        currentVersion: 4,
        changedSince: [{ path: "/properties/b", version: 4 }],
      },
    });
  });

  test("keeps a text that others have written for a value of the set, and a value for a text of the set", () => {
    const written = "020 7946 0182";
    const phone = new Life({ name: "a" }).update({ phone: "+442079460182" }, "set");
    expect(error(phone.update({ phoneAsWritten: written }).undo())).toMatchObject({
      code: "STALE_VERSION",
      conflict: { changedSince: [{ path: "/phoneAsWritten", version: 3 }] },
    });
    const text = new Life({ phoneAsWritten: written }).update({ phoneAsWritten: null }, "set");
    expect(error(text.update({ phone: "+442079460183" }).undo())).toMatchObject({
      code: "STALE_VERSION",
      conflict: { changedSince: [{ path: "/phone", version: 3 }] },
    });
  });

  test("leaves a created record that others changed, and one that others deleted or erased", () => {
    expect(error(new Life({}, "set").update({ name: "x" }).undo()).code).toBe("STALE_VERSION");
    const life = new Life({}).update({ name: "x" }, "set").delete();
    expect(error(life.undo()).code).toBe("DELETED");
    life.record = erase(customerFields, life.record, later).next;
    expect(error(life.undo())).toMatchObject({ code: "DELETED", message: expect.stringContaining("erased") });
  });

  test("after any updates of the set, and of others to other fields, restores the set's fields", () => {
    const mine = {
      ...customerFields,
      job: { ...customerFields.job, access: "read" },
    } as typeof customerFields;
    fc.assert(
      fc.property(
        fc.array(fc.record({ patch: patchOf(mine), job: fc.constantFrom(null, "x", "y") }), {
          minLength: 1,
          maxLength: 4,
        }),
        (updates) => {
          const life = new Life({ name: "a" });
          const before = life.record;
          for (const { patch, job } of updates) {
            const outcome = customers.update(life.record, { patch });
            if (!(outcome instanceof RosterError)) life.update(patch, "set");
            life.update({ job });
          }
          const { job } = life.record;
          if (life.log.some(({ changeSet }) => changeSet === "set"))
            expect(values(life.undone())).toEqual(values({ ...before, job }));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a change set", () => {
  const at = "2026-01-01T00:00:00.000Z";
  const set = openChangeSet({ id: "s", kind: "import", actor: "token:x", source: "trpc", openedAt: at });

  test("counts its changes, and knows the first and the last", () => {
    const entries = [
      { seq: 5, action: "create", recordType: "customer" },
      { seq: 7, action: "revert", recordType: "user" },
      { seq: 9, action: "delete", recordType: "customer" },
    ] as const;
    expect(entries.reduce(withChange, set)).toMatchObject({
      created: 1,
      updated: 1,
      deleted: 1,
      firstSeq: 5,
      lastSeq: 9,
      types: ["customer", "user"],
    });
  });

  test("takes changes until it is closed", () => {
    expect(requireOpen(set)).toBe(set);
    expect(() => requireOpen({ ...set, closedAt: at })).toThrow("closed");
    expect(() => requireOpen({ ...set, kind: "undo" })).toThrow("an undo");
    expect(() => requireOpen(undefined)).toThrow("no such change set");
  });
});
