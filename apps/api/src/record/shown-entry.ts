import { may, type Actor, type ChangeEntryJson } from "@roster/domain";

/**
 * A row of the log as shown to an actor who may read its record. The row of a merge of customers also
 * has the ids of the users that it moved; only readers of users see those.
 */
export function shownEntry(actor: Pick<Actor, "scopes">, entry: ChangeEntryJson): ChangeEntryJson {
  if (entry.details === undefined || may(actor, "users:read")) return entry;
  const { users: _, ...details } = entry.details;
  return { ...entry, details };
}
