import { randomBytes } from "node:crypto";
import { createCustomer, customerRules, customerView, type CustomerJson } from "@roster/domain";
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
};
