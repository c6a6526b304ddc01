import { describe, expect, test } from "vitest";
import { refusal, RosterError, type Fault } from "../errors.ts";
import { created, customers, later } from "../testing/records.ts";
import { customerRules, type CustomerContext } from "./customer-update.ts";

/** A tenant whose customers need a plan, and which counts how often it is asked. */
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
  test("are refused where the request has them, beside all else that is wrong", () => {
    const current = made({ properties: { plan: "free" } });
    const update = (input: object) => placesOf(customers.update(current, input, strict(later)));
    expect(update({ patch: { properties: { plan: null }, email: "x" } })).toEqual([
      "/patch/email invalid_format",
      "/patch/properties/plan schema",
    ]);
    expect(update({ replace: { properties: { other: 1 } } })).toEqual(["/replace/properties/plan schema"]);
    expect(update({ patch: { properties: null } })).toEqual(["/patch/properties/plan schema"]);
  });

  test("are refused of a new customer, also when it is given none or nothing at all", () => {
    for (const input of [{}, { name: "Acme" }, { properties: null }, { properties: { other: 1 } }]) {
      expect(placesOf(customers.create(input, strict(created)))).toEqual(["/properties/plan schema"]);
    }
    expect(placesOf(customers.create({ properties: { plan: "free" } }, strict(created)))).toEqual([]);
  });

  test("are not looked at when the update leaves them as they are, or does not mean them to be so", () => {
    const current = made({ properties: { other: 1 } });
    const context = strict(later);
    customers.update(current, { patch: { name: "Acme" } }, context);
    customers.update(current, { patch: { name: "Acme", properties: { other: 1 } } }, context);
    customers.update(current, { patch: { properties: { text: "x".repeat(70_000) } } }, context);
    expect(context.asked).toEqual([]);
  });

  test("are no reason to keep a customer from being deleted or restored", () => {
    const context = strict(later);
    const gone = customerRules.delete(made({ properties: { other: 1 } }), context);
    if (gone instanceof RosterError) throw refusal([]);
    expect(customerRules.restore(gone.next, context)).toMatchObject({ next: { deletedAt: null } });
    expect(context.asked).toEqual([]);
  });
});
