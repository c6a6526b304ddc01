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

/** Who may read a type of record may read its changes. */
export const readScopes: Record<RecordType, Scope> = {
  customer: customerNoun.scopes.read,
  user: userNoun.scopes.read,
  groupTag: groupTagNoun.scopes.read,
  hierarchyLevel: hierarchyLevelNoun.scopes.read,
  channel: channelNoun.scopes.read,
  accessGroup: accessGroupNoun.scopes.read,
  tenant: tenantNoun.scopes.read,
  token: tokenNoun.scopes.read,
  webhook: "admin",
};

const allTypes = Object.keys(recordTypes) as RecordType[];

/** Which changes a reader is given. */
export interface Wanted {
  /** Of records of these types; of any when missing. */
  types: readonly RecordType[] | undefined;
  ids: readonly string[] | undefined;
  /** A change as the reader sees it; the same object where nothing is hidden. */
  show(change: ChangeEntryJson): ChangeEntryJson;
}

/**
 * Which changes an actor is given who asks for these: what it has not named, and may not read, is left out.
 * @throws RosterError FORBIDDEN for a type that is named and may not be read, or when none may be
 */
export function wantedBy(actor: Actor, { types, ids }: ChangeFilter): Wanted {
  for (const type of types ?? []) authorize(actor, readScopes[type]);
  const readable = types ?? allTypes.filter((type) => may(actor, readScopes[type]));
  if (readable.length === 0) {
    throw new RosterError("FORBIDDEN", "the token lacks a scope to read any records with");
  }
  return {
    types: readable.length === allTypes.length ? undefined : readable,
    ids,
    show: (change) => shownEntry(actor, change),
  };
}

/** A test of whether a change is wanted. */
export function fits({ types, ids }: Pick<Wanted, "types" | "ids">): (change: ChangeEntryJson) => boolean {
  const ofType = types && new Set<string>(types);
  const ofId = ids && new Set(ids);
  return ({ recordType, recordId }) =>
    (ofType === undefined || ofType.has(recordType)) && (ofId === undefined || ofId.has(recordId));
}
