import { describe, expect, test } from "vitest";
import type { CustomerContext } from "../customer/customer-update.ts";
import type { StoredCustomer } from "../customer/customer.ts";
import { accepted, customers, frozen, later, refused, users, wrong } from "../testing/records.ts";
import { samples } from "../testing/samples.ts";
import type { Field, FieldKind, Fields } from "./field.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Values of an earlier time that no request can set today. */
const outdated: Record<Exclude<FieldKind, "set">, JsonValue> = {
  id: "no customer",
  text: "x".repeat(20_000),
  email: "nobody",
  phone: "+10652985",
  country: "Yugoslavia",
  choice: "unknown",
  date: "2023-02-29",
  instant: "2026-03-01",
  boolean: "yes",
  integer: -1,
  json: { long: "x".repeat(70_000) },
};
const outdatedOf = (field: Field): JsonValue =>
  field.kind === "set" ? ["", outdated[field.items ?? "text"], "nobody"] : outdated[field.kind];

/** A context in which no reference exists and no value is valid. */
const strange: CustomerContext = {
  ...later,
  phone: () => undefined,
  country: () => undefined,
  resolve: () => undefined,
  taken: () => true,
  levels: () => [],
  customer: () => undefined,
  childLevels: () => ["no level"],
  propertiesFaults: () => [{ pointer: "", code: "schema", message: "no value fits" }],
};

const writable = (fields: Fields) => Object.entries(fields).filter(([, { access }]) => access === "write");
const withOutdated = <R extends object>(fields: Fields, record: R): R =>
  frozen({
    ...record,
    ...Object.fromEntries(writable(fields).map(([name, field]) => [name, outdatedOf(field)])),
  });

describe.each([
  ["customer", customers],
  ["user", users],
] as const)("in a %s whose values today's rules would refuse", (_type, { fields, create, update }) => {
  const current = withOutdated(fields, accepted(create({})).next);
  const change = (blocks: object) => update(current as never, blocks, strange);
  const values = current as unknown as JsonObject;

  test("writing back all values is not a change", () => {
    const patch = Object.fromEntries(writable(fields).map(([name]) => [name, values[name]]));
    expect(accepted(change({ patch }))).toEqual({ next: current, changes: [] });
  });

  describe.each(writable(fields))("%s", (name, field) => {
    test("can be written back without a change", () => {
      expect(accepted(change({ patch: { [name]: values[name] } }))).toEqual({ next: current, changes: [] });
      if (field.kind === "json") {
        expect(accepted(change({ replace: { [name]: values[name] } })).next).toBe(current);
      }
    });

    test("does not prevent a change of another field", () => {
      const [other] = writable(fields).find(
        ([key, { kind }]) =>
          key !== name &&
          kind === "text" &&
          !(fields as Fields)[key]?.refers &&
          !(fields as Fields)[key]?.unique,
      ) as [string, Field];
      const { changes } = accepted(change({ patch: { [name]: values[name], [other]: "new" } }));
      expect(changes.map(({ path }) => path)).toEqual([`/${other}`]);
    });

    test("is refused in any other spelling, and can be corrected", () => {
      const [sample] = samples(field);
      const other =
        field.kind === "set"
          ? [...(values[name] as string[]), "@"]
          : field.kind === "json"
            ? { long: "y".repeat(70_000) }
            : field.kind === "integer"
              ? -2
              : `${JSON.stringify(values[name])}!`;
      expect(refused(change({ patch: { [name]: other } })).faults.length).toBeGreaterThan(0);
      const right = { ...later, levels: () => undefined };
      const block = field.kind === "json" ? "replace" : "patch";
      const mended = update(current as never, { [block]: { [name]: sample.written } }, right);
      expect((accepted(mended).next as unknown as JsonObject)[name]).toEqual(sample.kept);
    });
  });
});

describe("stored entries of a set", () => {
  const current: StoredCustomer = frozen({
    ...accepted(customers.create({})).next,
    emails: ["a@x-.com", "Old@@x"],
    groupTags: ["gone"],
  });
  const change = (blocks: object) =>
    customers.update(current, blocks, {
      ...later,
      resolve: (_reference, named) => (named === "new" ? named : undefined),
    });

  test("stay beside new entries, which are checked", () => {
    expect(
      accepted(
        change({ patch: { emails: ["Old@@x", "a@x-.com", "new@x.example"], groupTags: ["gone", "new"] } }),
      ).next,
    ).toMatchObject({ emails: ["Old@@x", "a@x-.com", "new@x.example"], groupTags: ["gone", "new"] });
    expect(
      wrong(refused(change({ patch: { emails: ["a@x-.com", "x"], groupTags: ["gone", "none"] } })).faults),
    ).toEqual(["/patch/emails/1 invalid_format", "/patch/groupTags/1 not_found"]);
  });

  test("can be added again without a change, and can be removed", () => {
    const add = { emails: ["old@@X"], groupTags: ["gone"] };
    expect(accepted(change({ add })).changes).toEqual([]);
    expect(accepted(change({ remove: { emails: ["a@x-.com"], groupTags: ["gone"] } })).next).toMatchObject({
      emails: ["Old@@x"],
      groupTags: [],
    });
    expect(wrong(refused(change({ remove: { emails: ["b@x-.com", "@"] } })).faults)).toContain(
      "/remove/emails/1 invalid_format",
    );
  });

  test("may exceed the maximum as long as their number does not grow", () => {
    const full = { ...current, emails: Array.from({ length: 102 }, (_, i) => `e${i}@x.example`) };
    const update = (blocks: object) => customers.update(full, blocks, later);
    expect(accepted(update({ patch: { emails: full.emails, name: "x" } })).changes).toHaveLength(1);
    expect(accepted(update({ remove: { emails: ["e0@x.example"] } })).next.emails).toHaveLength(101);
    expect(wrong(refused(update({ add: { emails: ["more@x.example"] } })).faults)).toEqual([
      "/add/emails too_many",
    ]);
  });
});

describe("JSON over today's limits", () => {
  const nested = JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`) as JsonObject;
  const stored = { long: "x".repeat(70_000), nested, text: "a\u0000", n: 1 };
  const current = frozen({ ...accepted(customers.create({})).next, properties: stored });
  const change = (blocks: object) => customers.update(current, blocks);

  test("can be written back without a change, and can change if it does not grow", () => {
    for (const block of ["patch", "replace"]) {
      expect(accepted(change({ [block]: { properties: stored } })).changes).toEqual([]);
    }
    expect(accepted(change({ patch: { properties: { n: 2 } } })).next.properties).toEqual({
      ...stored,
      n: 2,
    });
    expect(accepted(change({ patch: { properties: { long: null } } })).next.properties).not.toHaveProperty(
      "long",
    );
  });

  test("cannot grow", () => {
    expect(wrong(refused(change({ patch: { properties: { more: 1 } } })).faults)).toEqual([
      "/patch/properties too_large",
    ]);
  });
});

test("a deleted parent does not prevent a change of level", () => {
  const parent = "0197b8a0-0000-7000-8000-0000000000cc";
  const current = frozen({ ...accepted(customers.create({})).next, parent, hierarchyLevel: "one" });
  const gone = { ...later, customer: () => undefined };
  expect(accepted(customers.update(current, { patch: { hierarchyLevel: "two" } }, gone)).next).toMatchObject({
    parent,
    hierarchyLevel: "two",
  });
  const other = "0197b8a0-0000-7000-8000-0000000000dd";
  expect(wrong(refused(customers.update(current, { patch: { parent: other } }, gone)).faults)).toEqual([
    "/patch/parent not_found",
  ]);
});

test("a name that an earlier release stored in another normal form keeps that form", () => {
  const current = frozen({ ...accepted(customers.create({})).next, groupTags: ["e\u0301"] });
  for (const blocks of [{ patch: { groupTags: ["\u00e9"] } }, { add: { groupTags: ["\u00e9"] } }]) {
    expect(accepted(customers.update(current, blocks)).changes).toEqual([]);
  }
});

describe("a fault at a value", () => {
  const current = frozen({ ...accepted(customers.create({})).next, email: "nobody" });

  test("counts if the request contradicts itself, even about stored values", () => {
    const blocks = { patch: { emails: [] }, add: { emails: [] } };
    expect(wrong(refused(customers.update(current, blocks)).faults)).toEqual(["/add/emails ambiguous"]);
  });

  test("counts beside a stored faulty value", () => {
    const patch = { email: "nobody", firstName: "x".repeat(300) };
    expect(wrong(refused(customers.update(current, { patch })).faults)).toEqual([
      "/patch/firstName too_long",
    ]);
  });

  test("always counts in a new record", () => {
    // The values of a blank record: null for nullable fields, and empty sets.
    const given = { isDemo: null, emails: null, email: "nobody", groupTags: [null] };
    expect(wrong(refused(customers.create(given)).faults)).toEqual([
      "/isDemo not_nullable",
      "/emails not_nullable",
      "/email invalid_format",
      "/groupTags/0 invalid_type",
    ]);
  });

  test("counts if the value is not JSON, even if it has as few keys as the stored value", () => {
    const record = { ...current, properties: {}, mapping: { a: {} } };
    for (const value of [new Date(0), new Map(), () => {}]) {
      for (const blocks of [
        { patch: { properties: value } },
        { replace: { properties: value } },
        { patch: { mapping: { a: value } } },
      ]) {
        expect(wrong(refused(customers.update(record, blocks)).faults)[0]).toMatch(/ invalid_type$/);
      }
    }
  });

  test("of unlimited depth is reported, and the comparison goes no deeper than the stored value", () => {
    let deep: JsonValue = 1;
    for (let i = 0; i < 100_000; i++) deep = { a: deep };
    const record = { ...current, properties: { a: { a: 1 } } };
    expect(wrong(refused(customers.update(record, { patch: { properties: deep } })).faults)[0]).toMatch(
      / too_deep$/,
    );
  });
});
