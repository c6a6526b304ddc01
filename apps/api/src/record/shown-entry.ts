import { may, type Actor, type ChangeEntryJson } from "@roster/domain";

/**
 * A row of the log as an actor sees it who may read the records that it is about. The row of a merge of
 * customers also has the ids of the users that it moved: those are for readers of users.
 */
export function shownEntry(actor: Pick<Actor, "scopes">, entry: ChangeEntryJson): ChangeEntryJson {
  if (entry.details === undefined || may(actor, "users:read")) return entry;
  const { users: _, ...details } = entry.details;
  return { ...entry, details };
}
