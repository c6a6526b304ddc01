import { describe, expect, test } from "vitest";
import { accepted, customers, frozen, later, refused, users } from "../testing/records.ts";
import { samples } from "../testing/samples.ts";
import type { Field } from "./field.ts";
import type { JsonObject } from "./json.ts";
import { segments } from "./pointer.ts";

const types = [
  // A customer needs a level to have a parent.
  ["customer", { ...customers, place: { hierarchyLevel: "two" } }],
  ["user", { ...users, place: {} }],
] as const;

describe.each(types)("%s", (_type, { fields, create, update, place }) => {
  const policies = Object.entries<Field>(fields);
  const written = policies.filter(([, { access }]) => access === "write");

  describe.each(written)("%s", (name, field) => {
    const [first, second] = samples(field);
    const current = frozen(accepted(create({ ...place, [name]: first.written }, later)).next);
    const patch = (value: unknown) => update(current as never, { patch: { [name]: value } });

    test("can be set in a new record", () => {
      expect((current as unknown as JsonObject)[name]).toEqual(first.kept);
    });

    test("is set by a value, and nothing else changes", () => {
      const { next, changes } = accepted(patch(second.written));
      expect(next).toEqual({
        ...current,
        [name]: second.kept,
        version: 2,
        updatedAt: later.now,
        updatedBy: later.actor,
      });
      expect(new Set(changes.map(({ path }) => segments(path)[0]))).toEqual(new Set([name]));
    });

    test("does not change if set to its own value", () => {
      const outcome = accepted(patch(first.written));
      expect(outcome.changes).toEqual([]);
      expect(outcome.next).toBe(current);
    });

    test.each([
      ["absent", {}],
      ["undefined", { [name]: undefined }],
    ])("is kept by %s", (_state, given) => {
      expect(accepted(update(current as never, { patch: given })).next).toBe(current);
    });

    if (field.nullable) {
      test("is cleared by null", () => {
        const { next, changes } = accepted(patch(null));
        expect((next as unknown as JsonObject)[name]).toBeNull();
        expect(changes).toEqual([{ path: `/${name}`, from: first.kept, to: null }]);
      });
    } else {
      test("refuses null", () => {
        expect(refused(patch(null)).faults).toMatchObject([
          { pointer: `/patch/${name}`, code: "not_nullable" },
        ]);
        expect(refused(create({ [name]: null })).faults).toMatchObject([
          { pointer: `/${name}`, code: "not_nullable" },
        ]);
      });
    }
  });

  const read = policies.filter(([, { access }]) => access === "read").map(([name]) => name);
  test.each(read)("field %s is refused as read-only", (name) => {
    const current = accepted(create({})).next;
    for (const value of [null, "x", 1]) {
      expect(refused(create({ [name]: value })).faults).toMatchObject([
        { pointer: `/${name}`, code: "read_only" },
      ]);
      for (const block of ["patch", "replace", "add", "remove"]) {
        expect(refused(update(current as never, { [block]: { [name]: value } })).faults).toMatchObject([
          { pointer: `/${block}/${name}`, code: "read_only" },
        ]);
      }
    }
  });

  test("an empty or missing patch changes nothing in a record with every field set", () => {
    const all = Object.fromEntries(written.map(([name, field]) => [name, samples(field)[0].written]));
    const current = accepted(create({ ...all }, later)).next;
    for (const input of [
      {},
      { patch: {} },
      { patch: {}, replace: {}, add: {}, remove: {}, reason: "none" },
    ]) {
      expect(accepted(update(current as never, input))).toEqual({ next: current, changes: [] });
    }
  });

  test("a new record has the initial value of each missing field, or null if there is none", () => {
    const blank = accepted(create({})).next as unknown as JsonObject;
    for (const [name, { initial }] of written) expect(blank[name]).toEqual(initial ?? null);
  });
});
