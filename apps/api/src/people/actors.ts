import { authorize, may, type Actor, type ShownActor } from "@roster/domain";
import type { Store } from "../record/command.ts";

/** The actors with these ids, as `createdBy` and `updatedBy` have them, with their names. */
export async function namedActors(store: Store, actor: Actor, ids: readonly string[]): Promise<ShownActor[]> {
  if (!may(actor, "users:read")) authorize(actor, "customers:read");
  const known = await store.database.tenant(actor.tenant.number).actors(ids);
  return ids.flatMap((id) => known.get(id) ?? []);
}
