import {
  idSet,
  json,
  text,
  type CreateInput,
  type DecodedRecord,
  type JsonRecord,
  type PatchInput,
  type ReplaceInput,
  type SetInput,
  type StoredRecord,
  type WhereInput,
} from "../record/field.ts";
import { erasedAt, recordFields } from "../record/record.ts";
import type { UpdateInput } from "../record/update-input.ts";

/** The maximum number of entries that one update of a group's members can name. */
export const maxMembersNamed = 100_000;

/**
 * The fields of a user group. Schemas, diffs, storage, documentation and SCIM all follow this list.
 */
export const userGroupFields = {
  /** Roster's id of the record (UUIDv7). */
  id: recordFields.id,
  /** The name of the group; several groups may have the same. */
  displayName: text({
    indexed: "folded",
    nullable: false,
    min: 1,
    scim: "displayName",
    description: "The name of the group; several groups may have the same.",
  }),
  /** The id that the group has in the caller's system; several groups may have the same. */
  externalId: text({
    indexed: "exact",
    scim: "externalId",
    description: "The id that the group has in the caller's system; several groups may have the same.",
  }),
  /** The ids of the users, and of the groups, that are members. The record itself does not contain them. */
  members: idSet({
    refers: "member",
    max: maxMembersNamed,
    scim: "members",
    description:
      "The ids of the users, and of the groups, that are members. The record itself does not contain them.",
  }),
  /** Further properties. `scim` has what an identity provider has sent and no other field holds. */
  properties: json({
    personal: true,
    description:
      "Further properties. `scim` has what an identity provider has sent and no other field holds.",
  }),
  /** 1 for a new record; each applied change adds 1. */
  version: recordFields.version,
  /** When the record was created. */
  createdAt: recordFields.createdAt,
  /** When the record was last changed. */
  updatedAt: recordFields.updatedAt,
  /** When the record was deleted; null while it is live. */
  deletedAt: recordFields.deletedAt,
  /** When the record was permanently erased; null if it was not. */
  erasedAt,
  /** The actor that created the record. */
  createdBy: recordFields.createdBy,
  /** The actor that made the latest change. */
  updatedBy: recordFields.updatedBy,
} as const;

type F = typeof userGroupFields;

/** A user group as typed clients read it. */
export interface UserGroup extends DecodedRecord<F> {}
/** A user group as plain JSON, the form on the wire. */
export interface UserGroupJson extends JsonRecord<F> {}
/** A user group as it is stored. Its members are stored beside it. */
export interface StoredUserGroup extends StoredRecord<F> {}
export interface UserGroupCreate extends CreateInput<F> {
  displayName: string;
}
export interface UserGroupPatch extends PatchInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserGroupReplace extends ReplaceInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserGroupSets extends SetInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export type UserGroupWhere = WhereInput<F>;
export interface UserGroupUpdate extends UpdateInput<
  UserGroupWhere,
  UserGroupPatch,
  UserGroupReplace,
  UserGroupSets
> {}

/** A member of a user group. */
export interface Member {
  id: string;
  type: "user" | "userGroup";
  /** The display name or, of a user without one, the username. */
  name: string | null;
}

/** Names a user group and the page of its members. */
export type MembersInput = {
  where: UserGroupWhere;
  /** The members that the group had at this version; default: those that it has now. */
  version?: number | undefined;
  /** The maximum number of members, 1 to 1,000; default 100. */
  limit?: number | undefined;
  /** `nextCursor` of the previous page. */
  cursor?: string | undefined;
};
