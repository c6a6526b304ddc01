import {
  canonicalId,
  canonicalName,
  type Actor,
  type CustomerJson,
  type Fault,
  type JsonObject,
  type StoredRecords,
} from "@roster/domain";
import type { Located } from "./translate.ts";

/** What StateSet's two pages share. */

export const statesetAuth = { header: "Authorization", scheme: "Token", missing: 401 } as const;

/** `success` is 1 where there is none, as both pages say. */
export const statesetProblem: JsonObject = { success: 0 };

/** The user group of a reply: the customer, as its users see it. */
export const userGroup = (actor: Actor, customer: CustomerJson | StoredRecords["customer"]): JsonObject => ({
  team_id: actor.tenant.number,
  token: customer.token,
  name: customer.name,
  provided_id: customer.providedId,
  properties: customer.properties,
  api_environment_tag: customer.isDemo ? "Testing" : "Customer",
});

/**
 * The `id` of a body must be that of the path's record.
 * @param names what the record can be called in the path
 */
export function identityFaults(body: Located, names: readonly (string | null)[]): Fault[] {
  const id = body.get("id");
  if (id === undefined) return [];
  if (typeof id.value !== "string")
    return [{ pointer: id.at, code: "invalid_type", message: "must be a text" }];
  if ([id.value, canonicalId(id.value), canonicalName(id.value)].some((name) => names.includes(name)))
    return [];
  return [{ pointer: id.at, code: "ambiguous", message: "is not the id of the record that the path names" }];
}
