import {
  boolean,
  choice,
  country,
  date,
  email,
  emailSet,
  id,
  instant,
  integer,
  json,
  phone,
  text,
  textSet,
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

export const genders = ["male", "female", "other"] as const;
export const maritalStatuses = [
  "single",
  "married",
  "divorced",
  "separated",
  "widowed",
  "partnership",
] as const;

/** The one list of a customer's fields: schemas, diffs, storage, docs and wire formats follow it. */
export const customerFields = {
  id: recordFields.id,
  number: integer({
    access: "read",
    nullable: false,
    unique: true,
    description: "Integer id, unique in the tenant.",
  }),
  token: text({ access: "read", nullable: false, description: "Identifies the customer to embedded views." }),
  providedId: text({ min: 1, unique: true, description: "The caller's own id, unique in the tenant." }),
  referenceId: text({
    min: 1,
    unique: true,
    description: "The id in a scoring system, unique in the tenant.",
  }),
  uuid: text({ description: "A UUID or other id that another system gave." }),
  ssoId: text({ description: "The id in a single sign-on system." }),
  stripeCustomerId: text({ description: "The id at Stripe." }),
  name: text({ personal: true, description: "The name to display." }),
  firstName: text({ personal: true, description: "The first name." }),
  lastName: text({ personal: true, description: "The last name." }),
  email: email({ description: "The main email address." }),
  emails: emailSet({ description: "Further email addresses." }),
  phone: phone({ description: "The phone number, in E.164." }),
  dateOfBirth: date({ personal: true, description: "The date of birth." }),
  gender: choice(genders, { personal: true, description: "The gender." }),
  maritalStatus: choice(maritalStatuses, { personal: true, description: "The marital status." }),
  identityNumber: text({ personal: true, description: "The number of an identity document." }),
  job: text({ personal: true, description: "The job title." }),
  avatarUrl: text({ personal: true, max: 2048, description: "Where a picture can be found." }),
  address: text({ personal: true, max: 1000, description: "The postal address in one text." }),
  addressStreet: text({ personal: true, description: "Street and house number." }),
  addressNeighborhood: text({ personal: true, description: "Neighborhood." }),
  addressCity: text({ personal: true, description: "City." }),
  addressState: text({ personal: true, description: "State or province." }),
  addressCountry: country({ personal: true, description: "The country (ISO 3166-1 alpha-2)." }),
  defaultChannelId: integer({ refers: "channel", description: "The number of the preferred channel." }),
  userId: integer({ refers: "user", description: "The number of the assigned user." }),
  accessGroup: text({ refers: "accessGroup", description: "The name of the data visibility group." }),
  groupTags: textSet({ refers: "groupTag", description: "The names of the assigned group tags." }),
  hierarchyLevel: text({ refers: "hierarchyLevel", description: "The name of the hierarchy level." }),
  parent: id({ refers: "customer", description: "The id of the parent customer." }),
  properties: json({ personal: true, description: "Free properties." }),
  computedProperties: json({
    access: "read",
    nullable: false,
    computed: true,
    personal: true,
    description: "The properties with those inherited from above; the nearest wins.",
  }),
  mapping: json({ description: "Which data source serves which schema." }),
  computedMapping: json({
    access: "read",
    nullable: false,
    computed: true,
    description: "The mapping with what is inherited from above; the nearest wins.",
  }),
  isDemo: boolean({ nullable: false, initial: false, description: "Whether this is a demo customer." }),
  timestamp: instant({ description: "An instant that the caller keeps with the customer." }),
  activationDate: instant({ description: "When the customer was activated." }),
  version: recordFields.version,
  createdAt: recordFields.createdAt,
  updatedAt: recordFields.updatedAt,
  deletedAt: recordFields.deletedAt,
  erasedAt,
  mergedInto: id({ access: "read", description: "The customer that this duplicate was merged into." }),
  createdBy: recordFields.createdBy,
  updatedBy: recordFields.updatedBy,
} as const;

type F = typeof customerFields;

/** A customer as typed clients read it. */
export interface Customer extends DecodedRecord<F> {}
/** A customer as plain JSON, as it travels. */
export interface CustomerJson extends JsonRecord<F> {}
/** A customer as it is stored: without the computed fields. */
export interface StoredCustomer extends StoredRecord<F> {}
export interface CustomerCreate extends CreateInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export interface CustomerPatch extends PatchInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export interface CustomerReplace extends ReplaceInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export interface CustomerSets extends SetInput<F> {
  // An own member, so that compilers name this interface when a field is misspelt.
  id?: undefined;
}
export type CustomerWhere = WhereInput<F>;
export interface CustomerUpdate extends UpdateInput<
  CustomerWhere,
  CustomerPatch,
  CustomerReplace,
  CustomerSets
> {}
