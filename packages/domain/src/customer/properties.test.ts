import { describe, expect, test } from "vitest";
import { refusal, RosterError, type Fault } from "../errors.ts";
import { created, customers, later } from "../testing/records.ts";
import { customerRules, type CustomerContext } from "./customer-update.ts";

/** A tenant whose customers need a plan. Counts the calls of its schema. */
function strict(base: CustomerContext): CustomerContext & { asked: object[] } {
  const asked: object[] = [];
  const missing: Fault = { pointer: "/plan", code: "schema", message: "is required" };
  return {
    ...base,
    asked,
    propertiesFaults(properties) {
      asked.push(properties);
      return "plan" in properties ? [] : [missing];
    },
  };
}
const placesOf = (outcome: unknown): string[] =>
  outcome instanceof RosterError
    ? (outcome.faults ?? []).map(({ pointer, code }) => `${pointer} ${code}`)
    : [];
const made = (input: object) => {
  const outcome = customers.create(input, created);
  if (outcome instanceof RosterError) throw outcome;
  return outcome.next;
};

describe("properties that the tenant's schema refuses", () => {
  test("are reported at their place in the request, together with all other faults", () => {
    const current = made({ properties: { plan: "free" } });
    const update = (input: object) => placesOf(customers.update(current, input, strict(later)));
    expect(update({ patch: { properties: { plan: null }, email: "x" } })).toEqual([
      "/patch/email invalid_format",
      "/patch/properties/plan schema",
    ]);
    expect(update({ replace: { properties: { other: 1 } } })).toEqual(["/replace/properties/plan schema"]);
    expect(update({ patch: { properties: null } })).toEqual(["/patch/properties/plan schema"]);
  });

  test("are refused in a new customer, even if its properties are empty or missing", () => {
    for (const input of [{}, { name: "Acme" }, { properties: null }, { properties: { other: 1 } }]) {
      expect(placesOf(customers.create(input, strict(created)))).toEqual(["/properties/plan schema"]);
    }
    expect(placesOf(customers.create({ properties: { plan: "free" } }, strict(created)))).toEqual([]);
  });

  test("are not checked if the update leaves them unchanged or gives an invalid value for them", () => {
    const current = made({ properties: { other: 1 } });
    const context = strict(later);
    customers.update(current, { patch: { name: "Acme" } }, context);
    customers.update(current, { patch: { name: "Acme", properties: { other: 1 } } }, context);
    customers.update(current, { patch: { properties: { text: "x".repeat(70_000) } } }, context);
    expect(context.asked).toEqual([]);
  });

  test("do not prevent deleting or restoring the customer", () => {
    const context = strict(later);
    const gone = customerRules.delete(made({ properties: { other: 1 } }), context);
    if (gone instanceof RosterError) throw refusal([]);
    expect(customerRules.restore(gone.next, context)).toMatchObject({ next: { deletedAt: null } });
    expect(context.asked).toEqual([]);
  });
});
