import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, StoredRecords } from "@roster/domain";
import { encode } from "../store/rows.ts";
import { StoredRow } from "../store/stored-row.ts";
import { tables } from "../store/tables.ts";
import { userNoun } from "../user/user.ts";
import { customerNoun } from "./customer.ts";

/** The JSON that is made from a row is that of the record which the row holds. */

const text = fc.option(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant('a"\\\u2028\ud800')));
const object = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom("__proto__", "2", "10")),
  fc.jsonValue(),
) as fc.Arbitrary<JsonObject>;

/** The row of a record with these values, after `before` other values. */
function rowOf<T extends "customer" | "user">(type: T, values: object, before: number): StoredRow<T> {
  const record = { id: "id", isDemo: false, version: 1, emails: [], groupTags: [], ...values };
  const cells = tables[type].columns.map((column) => encode(column, record as unknown as StoredRecords[T]));
  return new StoredRow(type, [...Array<unknown>(before), ...cells], before);
}

describe("the JSON of a row", () => {
  it("is that of a customer with its inherited values", () => {
    const above = fc.record({ properties: fc.option(object), mapping: fc.option(object) });
    const own = fc.record({
      name: text,
      job: text,
      email: text,
      emails: fc.array(fc.string()),
      isDemo: fc.boolean(),
      number: fc.integer(),
      properties: fc.option(object),
      mapping: fc.option(object),
    });
    fc.assert(
      fc.property(own, fc.array(above, { maxLength: 3 }), fc.nat(3), (values, ancestors, before) => {
        const row = rowOf("customer", values, before);
        const shown = JSON.stringify(customerNoun.show(row.record, ancestors));
        expect(customerNoun.encode(row, ancestors)).toBe(shown);
      }),
    );
  });

  it("is that of a user", () => {
    fc.assert(
      fc.property(fc.record({ firstName: text, username: text }), (values) => {
        const row = rowOf("user", values, 0);
        expect(userNoun.encode(row, [])).toBe(JSON.stringify(userNoun.show(row.record, [])));
      }),
    );
  });

  it("is not made if the row is damaged", () => {
    const cells = tables.customer.columns.map(({ field }) => (field === "properties" ? '{"secret":' : null));
    const row = new StoredRow("customer", ["an id", ...cells.slice(1)], 0);
    const damage = "the properties of customer an id cannot be read: the stored text is not JSON";
    expect(() => customerNoun.encode(row, [])).toThrow(damage);
    expect(() => customerNoun.encode(row, [{ properties: null, mapping: null }])).toThrow(damage);
  });
});
