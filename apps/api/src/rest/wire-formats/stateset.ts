import { customerFields, type Actor, type CustomerJson, type JsonObject } from "@roster/domain";
import { choice } from "../json-schema.ts";
import { fieldOf, replyObject, value } from "./reply.ts";

/** Common parts of StateSet's two pages. */

export const statesetAuth = { header: "Authorization", scheme: "Token", missing: 401 } as const;

/** Both pages document `success` as 1 on success only. */
export const statesetProblem: JsonObject = { success: 0 };

export const success = value<unknown>(
  { type: "number", enum: [1], description: "That the update succeeded." },
  () => 1,
);

interface Group {
  actor: Actor;
  customer: CustomerJson;
}
const field = fieldOf(customerFields, ({ customer }: Group) => customer);

/** The user group in a reply: the user's customer, or the customer itself. */
export const userGroup = replyObject<Group>({
  team_id: value(
    { type: "number", description: "The number of the tenant." },
    ({ actor }) => actor.tenant.number,
  ),
  token: field("token"),
  name: field("name"),
  provided_id: field("providedId"),
  properties: field("properties"),
  api_environment_tag: value(
    choice(["Customer", "Testing"], "`Testing` for a demo customer."),
    ({ customer }) => (customer.isDemo ? "Testing" : "Customer"),
  ),
});

export const userGroupExample = {
  team_id: 1,
  token: "mF1t…",
  name: "Acme Inc.",
  provided_id: "acme",
  properties: { plan: "pro" },
  api_environment_tag: "Customer",
};
