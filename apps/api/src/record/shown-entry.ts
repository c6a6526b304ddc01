import { may, type Actor, type LoggedChange } from "@roster/domain";

/**
 * A log row as shown to an actor who may read its record. The row of a customer merge also has the ids of the
 * users it moved; only readers of users see those.
 */
export function shownEntry<Entry extends LoggedChange>(actor: Pick<Actor, "scopes">, entry: Entry): Entry {
  if (entry.details === undefined || may(actor, "users:read")) return entry;
  const { users: _, ...details } = entry.details;
  return { ...entry, details };
}
