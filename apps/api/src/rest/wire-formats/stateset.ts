import {
  type Actor,
  type CustomerJson,
  type ErrorBody,
  type Fault,
  type JsonObject,
  type StoredRecords,
} from "@roster/domain";
import { toProblem } from "../problem.ts";
import type { Located } from "./translate.ts";

/** What StateSet's two pages share. */

export const statesetAuth = { header: "Authorization", scheme: "Token", missing: 401 } as const;

/** A problem document that also has the `success` of the page. */
export const statesetError = (body: ErrorBody): object => ({ success: 0, ...toProblem(body) });

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
  if (id === undefined || names.includes(id.value as string)) return [];
  return [{ pointer: id.at, code: "ambiguous", message: "is not the id of the record that the path names" }];
}
