import {
  boolean,
  country,
  date,
  email,
  id,
  instant,
  integer,
  json,
  phone,
  text,
  type CreateInput,
  type DecodedRecord,
  type JsonRecord,
  type KeyInput,
  type PatchInput,
  type ReplaceInput,
  type SetInput,
  type StoredRecord,
  type WhereInput,
} from "../record/field.ts";
import { erasedAt, recordFields } from "../record/record.ts";
import type { UpdateInput, UpsertItem } from "../record/update-input.ts";

/**
 * The fields of a user. Schemas, diffs, storage, documentation and wire formats all follow this
 * list.
 */
export const userFields = {
  /** Roster's id of the record (UUIDv7). */
  id: recordFields.id,
  /** Integer id, unique in the tenant. */
  number: integer({
    searched: true,
    access: "read",
    nullable: false,
    unique: true,
    description: "Integer id, unique in the tenant.",
  }),
  /** The username, unique in the tenant. */
  username: text({
    group: "identity",
    listed: true,
    searched: true,
    min: 1,
    unique: true,
    personal: true,
    scim: "userName",
    description: "The username, unique in the tenant.",
  }),
  /** Whether the user is active. */
  active: boolean({
    group: "identity",
    nullable: false,
    initial: true,
    scim: "active",
    description: "Whether the user is active.",
  }),
  /** URL or path of the avatar image. */
  avatar: text({
    group: "technical",
    personal: true,
    max: 2048,
    description: "URL or path of the avatar image.",
  }),
  /** A description of the user. */
  bio: text({ group: "identity", personal: true, max: 10_000, description: "A description of the user." }),
  /** The date of birth. */
  birthday: date({ group: "identity", indexed: "exact", personal: true, description: "The date of birth." }),
  /** The country of residence (ISO 3166-1 alpha-2). */
  country: country({
    group: "address",
    indexed: "exact",
    personal: true,
    description: "The country of residence (ISO 3166-1 alpha-2).",
  }),
  /** The country as the caller wrote it, recognised or not. */
  countryAsWritten: text({
    spells: "country",
    personal: true,
    description: "The country as the caller wrote it, recognised or not.",
  }),
  /** The email address. */
  email: email({
    listed: true,
    searched: true,
    indexed: "exact",
    indexedAbsence: true,
    scim: "emails",
    description: "The email address.",
  }),
  /** The first name. */
  firstName: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    scim: "name.givenName",
    description: "The first name.",
  }),
  /** The last name. */
  lastName: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    scim: "name.familyName",
    description: "The last name.",
  }),
  /** When the user was last seen. */
  lastSeen: instant({ indexed: "exact", personal: true, description: "When the user was last seen." }),
  /** When the user last typed a message. */
  lastTyped: instant({ personal: true, description: "When the user last typed a message." }),
  /** Location or address. */
  location: text({
    group: "address",
    searched: true,
    personal: true,
    max: 1000,
    description: "Location or address.",
  }),
  /** The organization that the user belongs to. */
  organization: text({
    group: "identity",
    listed: true,
    searched: true,
    indexed: "folded",
    personal: true,
    scim: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization",
    description: "The organization that the user belongs to.",
  }),
  /** The phone number, in E.164. */
  phone: phone({
    listed: true,
    searched: true,
    indexed: "exact",
    indexedAbsence: true,
    description: "The phone number, in E.164.",
  }),
  /** The phone number as the caller wrote it. */
  phoneAsWritten: text({
    spells: "phone",
    personal: true,
    scim: "phoneNumbers",
    description: "The phone number as the caller wrote it.",
  }),
  /** Regions or areas, in the caller's words. */
  regions: text({ group: "address", max: 1000, description: "Regions or areas, in the caller's words." }),
  /** The job title. */
  title: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    scim: "title",
    description: "The job title.",
  }),
  /** The id that the user has in the caller's system; several users may have the same. */
  externalId: text({
    group: "technical",
    indexed: "exact",
    personal: true,
    scim: "externalId",
    description: "The id that the user has in the caller's system; several users may have the same.",
  }),
  /** The name that is shown for the user. */
  displayName: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    scim: "displayName",
    description: "The name that is shown for the user.",
  }),
  /** The casual name. */
  nickName: text({
    group: "identity",
    label: "Nickname",
    personal: true,
    scim: "nickName",
    description: "The casual name.",
  }),
  /** The locale for dates and numbers, such as `en-US`. */
  locale: text({
    group: "address",
    personal: true,
    scim: "locale",
    description: "The locale for dates and numbers, such as `en-US`.",
  }),
  /** The time zone, such as `Europe/Zurich`. */
  timezone: text({
    group: "address",
    label: "Time zone",
    personal: true,
    scim: "timezone",
    description: "The time zone, such as `Europe/Zurich`.",
  }),
  /** The relation to the organization, such as `Employee`. */
  userType: text({
    personal: true,
    scim: "userType",
    description: "The relation to the organization, such as `Employee`.",
  }),
  /** Further properties. `scim` has what an identity provider has sent and no other field holds. */
  properties: json({
    personal: true,
    description:
      "Further properties. `scim` has what an identity provider has sent and no other field holds.",
  }),
  /** The Twitter handle. */
  twitter: text({ group: "contact", personal: true, description: "The Twitter handle." }),
  /** The id of the customer (user group) that the user belongs to. */
  customer: id({
    listed: true,
    indexed: "exact",
    indexedAbsence: true,
    refers: "customer",
    description: "The id of the customer (user group) that the user belongs to.",
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

type F = typeof userFields;

/** A user as typed clients read it. */
export interface User extends DecodedRecord<F> {}
/** A user as plain JSON, the form on the wire. */
export interface UserJson extends JsonRecord<F> {}
/** A user as it is stored. */
export interface StoredUser extends StoredRecord<F> {}
export interface UserCreate extends CreateInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserPatch extends PatchInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserReplace extends ReplaceInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserSets extends SetInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export type UserWhere = WhereInput<F>;
/** The key of an upsert: a unique value, or an email address that at most one live user has. */
export type UserKey = KeyInput<F>;
export interface UserUpdate extends UpdateInput<UserWhere, UserPatch, UserReplace, UserSets> {}
/** One item of `user.upsertMany`. */
export type UserUpsert = UpsertItem<UserUpdate, UserKey>;
