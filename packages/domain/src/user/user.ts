import {
  boolean,
  country,
  date,
  email,
  id,
  instant,
  integer,
  phone,
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

/** The one list of a user's fields. */
export const userFields = {
  id: recordFields.id,
  number: integer({
    access: "read",
    nullable: false,
    unique: true,
    description: "Integer id, unique in the tenant.",
  }),
  username: text({
    min: 1,
    unique: true,
    personal: true,
    description: "The username, unique in the tenant.",
  }),
  active: boolean({ nullable: false, initial: true, description: "Whether the user is active." }),
  avatar: text({ personal: true, max: 2048, description: "URL or path of the avatar image." }),
  bio: text({ personal: true, max: 10_000, description: "A description of the user." }),
  birthday: date({ personal: true, description: "The date of birth." }),
  country: country({ personal: true, description: "The country of residence (ISO 3166-1 alpha-2)." }),
  email: email({ description: "The email address." }),
  firstName: text({ personal: true, description: "The first name." }),
  lastName: text({ personal: true, description: "The last name." }),
  lastSeen: instant({ personal: true, description: "When the user was last seen." }),
  lastTyped: instant({ personal: true, description: "When the user last typed a message." }),
  location: text({ personal: true, max: 1000, description: "Location or address." }),
  organization: text({ personal: true, description: "The organization that the user belongs to." }),
  phone: phone({ description: "The phone number, in E.164." }),
  regions: text({ max: 1000, description: "Regions or areas, as the caller writes them." }),
  title: text({ personal: true, description: "The job title." }),
  twitter: text({ personal: true, description: "The Twitter handle." }),
  customer: id({
    refers: "customer",
    description: "The id of the customer (user group) that the user belongs to.",
  }),
  version: recordFields.version,
  createdAt: recordFields.createdAt,
  updatedAt: recordFields.updatedAt,
  deletedAt: recordFields.deletedAt,
  erasedAt,
  createdBy: recordFields.createdBy,
  updatedBy: recordFields.updatedBy,
} as const;

type F = typeof userFields;

/** A user as typed clients read it. */
export interface User extends DecodedRecord<F> {}
/** A user as plain JSON, as it travels. */
export interface UserJson extends JsonRecord<F> {}
/** A user as it is stored. */
export interface StoredUser extends StoredRecord<F> {}
export interface UserCreate extends CreateInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserPatch extends PatchInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserReplace extends ReplaceInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export interface UserSets extends SetInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export type UserWhere = WhereInput<F>;
export interface UserUpdate extends UpdateInput<UserWhere, UserPatch, UserReplace, UserSets> {}
