import { describe, expect, test } from "vitest";
import { customerFields } from "../customer/customer.ts";
import { wrong } from "../testing/records.ts";
import { maxItems, parseCreateMany, parseUpsertMany } from "./parse-many.ts";

const itemFaults = (input: object): string[] =>
  parseUpsertMany(customerFields, input).items.flatMap(({ faults }) => wrong(faults));

describe("many upserts", () => {
  test("with the same key are all faulty, however it is spelled", () => {
    const uuid = "0197b8a0-0000-7000-8000-0000000000aa";
    const items = [
      { where: { email: "a@x.example" } },
      { where: { email: "A@x.example" } },
      { where: { id: uuid } },
      { where: { id: uuid.toUpperCase() } },
      { where: { providedId: "a@x.example" } },
      { where: { email: "a@X.EXAMPLE" } },
    ];
    expect(itemFaults({ items })).toEqual([
      "/items/0/where/email ambiguous",
      "/items/1/where/email ambiguous",
      "/items/2/where/id ambiguous",
      "/items/3/where/id ambiguous",
      "/items/5/where/email ambiguous",
    ]);
  });

  test("name their records by a unique value or an address, and have no options of the whole", () => {
    const items = [
      { where: { email: "a@x.example" } },
      { where: { emails: ["a@x.example"] } },
      { where: { token: "x" } },
      { where: { providedId: "x" }, dryRun: true },
    ];
    expect(itemFaults({ items })).toEqual([
      "/items/1/where/emails unknown_field",
      "/items/2/where/token unknown_field",
      "/items/3/dryRun ambiguous",
    ]);
  });
});

describe("many records", () => {
  test("are read with all faults at their places", () => {
    const { items, faults, ...options } = parseCreateMany(customerFields, {
      items: [{ name: "a" }, { nmae: "b" }],
      mode: "independent",
      changeSet: "set",
    });
    expect(items.flatMap((item) => wrong(item.faults))).toEqual(["/items/1/nmae unknown_field"]);
    expect(items[0]?.edits).toMatchObject([{ at: "/items/0/name", value: "a" }]);
    expect([faults, options]).toEqual([
      [],
      { atomic: false, changeSet: "set", reason: undefined, dryRun: false },
    ]);
  });

  test.each([
    [undefined, "/items required"],
    [[], "/items too_many"],
    [Array.from({ length: maxItems + 1 }, () => ({})), "/items too_many"],
  ])("%# of a wrong number are refused", (items, fault) => {
    expect(wrong(parseCreateMany(customerFields, { items }).faults)).toEqual([fault]);
  });
});
