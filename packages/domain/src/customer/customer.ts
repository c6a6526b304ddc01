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
  type KeyInput,
  type PatchInput,
  type ReplaceInput,
  type SetInput,
  type StoredRecord,
  type WhereInput,
} from "../record/field.ts";
import { erasedAt, recordFields } from "../record/record.ts";
import type { UpdateInput, UpsertItem } from "../record/update-input.ts";

export const genders = ["male", "female", "other"] as const;
export const maritalStatuses = [
  "single",
  "married",
  "divorced",
  "separated",
  "widowed",
  "partnership",
] as const;

/**
 * The fields of a customer. Schemas, diffs, storage, documentation and wire formats all follow this
 * list.
 */
export const customerFields = {
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
  /** Identifies the customer to embedded views. */
  token: text({ access: "read", nullable: false, description: "Identifies the customer to embedded views." }),
  /** The caller's own id, unique in the tenant. */
  providedId: text({
    searched: true,
    min: 1,
    unique: true,
    description: "The caller's own id, unique in the tenant.",
  }),
  /** The id in a scoring system, unique in the tenant. */
  referenceId: text({
    searched: true,
    min: 1,
    unique: true,
    description: "The id in a scoring system, unique in the tenant.",
  }),
  /** A UUID or other id assigned by another system. */
  uuid: text({
    group: "technical",
    searched: true,
    indexed: "exact",
    description: "A UUID or other id assigned by another system.",
  }),
  /** The id in a single sign-on system. */
  ssoId: text({
    group: "technical",
    searched: true,
    indexed: "exact",
    description: "The id in a single sign-on system.",
  }),
  /** The id at Stripe. */
  stripeCustomerId: text({
    group: "technical",
    label: "Stripe customer id",
    searched: true,
    indexed: "exact",
    description: "The id at Stripe.",
  }),
  /** The name to display. */
  name: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    description: "The name to display.",
  }),
  /** The first name. */
  firstName: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    description: "The first name.",
  }),
  /** The last name. */
  lastName: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    description: "The last name.",
  }),
  /** The main email address. */
  email: email({
    listed: true,
    searched: true,
    indexed: "exact",
    indexedAbsence: true,
    description: "The main email address.",
  }),
  /** Further email addresses. */
  emails: emailSet({
    label: "Further emails",
    searched: true,
    indexed: "exact",
    description: "Further email addresses.",
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
    description: "The phone number as the caller wrote it.",
  }),
  /** The date of birth. */
  dateOfBirth: date({
    group: "identity",
    indexed: "exact",
    personal: true,
    description: "The date of birth.",
  }),
  /** The gender. */
  gender: choice(genders, { group: "identity", personal: true, description: "The gender." }),
  /** The marital status. */
  maritalStatus: choice(maritalStatuses, {
    group: "identity",
    personal: true,
    description: "The marital status.",
  }),
  /** The number of an identity document. */
  identityNumber: text({
    group: "identity",
    searched: true,
    indexed: "exact",
    personal: true,
    description: "The number of an identity document.",
  }),
  /** The job title. */
  job: text({
    group: "identity",
    searched: true,
    indexed: "folded",
    personal: true,
    description: "The job title.",
  }),
  /** The URL of a picture. */
  avatarUrl: text({ group: "technical", personal: true, max: 2048, description: "The URL of a picture." }),
  /** The postal address as one text. */
  address: text({
    group: "address",
    searched: true,
    personal: true,
    max: 1000,
    description: "The postal address as one text.",
  }),
  /** Street and house number. */
  addressStreet: text({
    group: "address",
    label: "Street",
    searched: true,
    personal: true,
    description: "Street and house number.",
  }),
  /** Neighborhood. */
  addressNeighborhood: text({
    group: "address",
    label: "Neighborhood",
    personal: true,
    description: "Neighborhood.",
  }),
  /** City. */
  addressCity: text({
    group: "address",
    label: "City",
    searched: true,
    indexed: "folded",
    personal: true,
    description: "City.",
  }),
  /** State or province. */
  addressState: text({
    group: "address",
    label: "State or province",
    personal: true,
    description: "State or province.",
  }),
  /** The country (ISO 3166-1 alpha-2). */
  addressCountry: country({
    group: "address",
    label: "Country",
    indexed: "exact",
    personal: true,
    description: "The country (ISO 3166-1 alpha-2).",
  }),
  /** The country as the caller wrote it, recognised or not. */
  addressCountryAsWritten: text({
    label: "Country as written",
    spells: "addressCountry",
    personal: true,
    description: "The country as the caller wrote it, recognised or not.",
  }),
  /** The number of the preferred channel. */
  defaultChannelId: integer({
    group: "contact",
    label: "Preferred channel",
    indexed: "exact",
    refers: "channel",
    description: "The number of the preferred channel.",
  }),
  /** The number of the assigned user. */
  userId: integer({
    label: "Assigned user",
    indexed: "exact",
    refers: "user",
    description: "The number of the assigned user.",
  }),
  /** The name of the data visibility group. */
  accessGroup: text({
    indexed: "exact",
    refers: "accessGroup",
    description: "The name of the data visibility group.",
  }),
  /** The names of the assigned group tags. */
  groupTags: textSet({
    label: "Tags",
    listed: true,
    searched: true,
    indexed: "exact",
    refers: "groupTag",
    description: "The names of the assigned group tags.",
  }),
  /** The name of the hierarchy level. */
  hierarchyLevel: text({
    label: "Level",
    listed: true,
    indexed: "exact",
    refers: "hierarchyLevel",
    description: "The name of the hierarchy level.",
  }),
  /** The id of the parent customer. */
  parent: id({
    indexed: "exact",
    indexedAbsence: true,
    refers: "customer",
    description: "The id of the parent customer.",
  }),
  /** Free-form properties. */
  properties: json({ indexable: true, personal: true, description: "Free-form properties." }),
  /** The properties merged with those of all ancestors; the nearest value of each key wins. */
  computedProperties: json({
    access: "read",
    nullable: false,
    computed: true,
    personal: true,
    description: "The properties merged with those of all ancestors; the nearest value of each key wins.",
  }),
  /** The data source that serves each schema. */
  mapping: json({ label: "Mapping", description: "The data source that serves each schema." }),
  /** The mapping merged with those of all ancestors; the nearest value of each key wins. */
  computedMapping: json({
    access: "read",
    nullable: false,
    computed: true,
    description: "The mapping merged with those of all ancestors; the nearest value of each key wins.",
  }),
  /** Whether this is a demo customer. */
  isDemo: boolean({
    group: "technical",
    label: "Demo customer",
    nullable: false,
    initial: false,
    description: "Whether this is a demo customer.",
  }),
  /** An instant for the caller's own use. */
  timestamp: instant({
    group: "technical",
    indexed: "exact",
    description: "An instant for the caller's own use.",
  }),
  /** When the customer was activated. */
  activationDate: instant({
    label: "Activated",
    indexed: "exact",
    description: "When the customer was activated.",
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
  /** The customer that this duplicate was merged into. */
  mergedInto: id({
    indexed: "exact",
    access: "read",
    description: "The customer that this duplicate was merged into.",
  }),
  /** The actor that created the record. */
  createdBy: recordFields.createdBy,
  /** The actor that made the latest change. */
  updatedBy: recordFields.updatedBy,
} as const;

type F = typeof customerFields;

/** A customer as typed clients read it. */
export interface Customer extends DecodedRecord<F> {}
/** A customer as plain JSON, the form on the wire. */
export interface CustomerJson extends JsonRecord<F> {}
/** A customer as it is stored, without the computed fields. */
export interface StoredCustomer extends StoredRecord<F> {}
export interface CustomerCreate extends CreateInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface CustomerPatch extends PatchInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface CustomerReplace extends ReplaceInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export interface CustomerSets extends SetInput<F> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export type CustomerWhere = WhereInput<F>;
/** The key of an upsert: a unique value, or an email address or indexed property that at most one live customer has. */
export type CustomerKey = KeyInput<F>;
export interface CustomerUpdate extends UpdateInput<
  CustomerWhere,
  CustomerPatch,
  CustomerReplace,
  CustomerSets
> {}
/** One item of `customer.upsertMany`. */
export type CustomerUpsert = UpsertItem<CustomerUpdate, CustomerKey>;
