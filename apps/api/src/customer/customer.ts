import { randomBytes } from "node:crypto";
import { createCustomer, customerRules, customerView, inherit, type CustomerJson } from "@roster/domain";
import type { Noun } from "../record/noun.ts";

export const customerNoun: Noun<"customer", CustomerJson> = {
  type: "customer",
  rules: customerRules,
  scopes: { read: "customers:read", write: "customers:write" },
  create: (id, parsed, context) =>
    createCustomer(
      { id, number: context.view.nextNumber("customer"), token: randomBytes(24).toString("base64url") },
      parsed,
      context,
    ),
  show: customerView,
  encode(row, ancestors) {
    if (ancestors.length === 0) {
      const [properties, mapping] = [row.text("properties"), row.text("mapping")];
      const inherited = `"computedProperties":${properties ?? "{}"},"computedMapping":${mapping ?? "{}"}`;
      return `${row.json.slice(0, -1)},${inherited}}`;
    }
    const inherited = inherit(
      { properties: row.field("properties"), mapping: row.field("mapping") },
      ancestors,
    );
    return `${row.json.slice(0, -1)},${JSON.stringify(inherited).slice(1)}`;
  },
};
