import {
  authorize,
  may,
  recordTypes,
  RosterError,
  type Actor,
  type ChangeEntryJson,
  type ChangeFilter,
  type RecordType,
  type Scope,
} from "@roster/domain";
import { customerNoun } from "../customer/customer.ts";
import { shownEntry } from "../record/shown-entry.ts";
import { accessGroupNoun, channelNoun, groupTagNoun, hierarchyLevelNoun } from "../reference/nouns.ts";
import { tenantNoun } from "../tenant/tenants.ts";
import { tokenNoun } from "../tenant/tokens.ts";
import { userNoun } from "../user/user.ts";
import { userGroupNoun } from "../user-group/user-group.ts";

/** The scope for reading a type of record also covers its changes. */
export const readScopes: Record<RecordType, Scope> = {
  customer: customerNoun.scopes.read,
  user: userNoun.scopes.read,
  userGroup: userGroupNoun.scopes.read,
  groupTag: groupTagNoun.scopes.read,
  hierarchyLevel: hierarchyLevelNoun.scopes.read,
  channel: channelNoun.scopes.read,
  accessGroup: accessGroupNoun.scopes.read,
  tenant: tenantNoun.scopes.read,
  token: tokenNoun.scopes.read,
  webhook: "admin",
};

const allTypes = Object.keys(recordTypes) as RecordType[];

/** Selects the changes for a reader. */
export interface Wanted {
  /** Record types; undefined selects all. */
  types: readonly RecordType[] | undefined;
  ids: readonly string[] | undefined;
  /** The change as the reader may see it; the same object if nothing is hidden. */
  show(change: ChangeEntryJson): ChangeEntryJson;
}

/**
 * Combines an actor's filter and rights. Types that the filter does not name and the actor may not read are
 * left out.
 * @throws RosterError FORBIDDEN if a named type may not be read, or if no type may be
 */
export function wantedBy(actor: Actor, { types, ids }: ChangeFilter): Wanted {
  for (const type of types ?? []) authorize(actor, readScopes[type]);
  const readable = types ?? allTypes.filter((type) => may(actor, readScopes[type]));
  if (readable.length === 0) {
    throw new RosterError("FORBIDDEN", "the token has no scope to read any records");
  }
  return {
    types: readable.length === allTypes.length ? undefined : readable,
    ids,
    show: (change) => shownEntry(actor, change),
  };
}

/** Makes a predicate for matching changes. */
export function fits({ types, ids }: Pick<Wanted, "types" | "ids">): (change: ChangeEntryJson) => boolean {
  const ofType = types && new Set<string>(types);
  const ofId = ids && new Set(ids);
  return ({ recordType, recordId }) =>
    (ofType === undefined || ofType.has(recordType)) && (ofId === undefined || ofId.has(recordId));
}
