import { randomBytes } from "node:crypto";
import {
  createCustomer,
  customerFields,
  customerView,
  deleteCustomer,
  restoreCustomer,
  updateCustomer,
  type CustomerJson,
} from "@roster/domain";
import type { Noun } from "../record/noun.ts";

export const customerNoun: Noun<"customer", CustomerJson> = {
  type: "customer",
  fields: customerFields,
  scopes: { read: "customers:read", write: "customers:write" },
  create: (id, parsed, context) =>
    createCustomer(
      { id, number: context.view.nextNumber("customer"), token: randomBytes(24).toString("base64url") },
      parsed,
      context,
    ),
  update: updateCustomer,
  delete: deleteCustomer,
  restore: restoreCustomer,
  show: customerView,
};
