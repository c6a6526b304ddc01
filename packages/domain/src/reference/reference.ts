import {
  boolean,
  json,
  instant,
  integer,
  text,
  textSet,
  country,
  type DecodedRecord,
  type JsonRecord,
  type StoredRecord,
  type CreateInput,
  type PatchInput,
} from "../record/field.ts";
import { recordFields, type RecordFields } from "../record/record.ts";
import type { UpdateInput } from "../record/update-input.ts";

/** The records that customers and users refer to, and those that govern access. */

const name = (description: string) => text({ nullable: false, min: 1, unique: true, description });

const ownGroupTagFields = {
  /** The name of the group tag, unique in the tenant. */
  name: name("The name of the group tag, unique in the tenant."),
} as const;
export const groupTagFields: RecordFields & typeof ownGroupTagFields = {
  ...recordFields,
  ...ownGroupTagFields,
};
const ownAccessGroupFields = {
  /** The name of the access group, unique in the tenant. */
  name: name("The name of the access group, unique in the tenant."),
} as const;
export const accessGroupFields: RecordFields & typeof ownAccessGroupFields = {
  ...recordFields,
  ...ownAccessGroupFields,
};
const ownChannelFields = {
  /** The number by which a customer's defaultChannelId names the channel. */
  number: integer({
    access: "read",
    nullable: false,
    unique: true,
    description: "The number by which a customer's defaultChannelId names the channel.",
  }),
  /** The name of the channel, unique in the tenant. */
  name: name("The name of the channel, unique in the tenant."),
} as const;
export const channelFields: RecordFields & typeof ownChannelFields = { ...recordFields, ...ownChannelFields };
const ownHierarchyLevelFields = {
  /** The name of the hierarchy level, unique in the tenant. */
  name: name("The name of the hierarchy level, unique in the tenant."),
  /** 0 for the highest level, 1 for the next, … */
  position: integer({ nullable: false, description: "0 for the highest level, 1 for the next, …" }),
} as const;
export const hierarchyLevelFields: RecordFields & typeof ownHierarchyLevelFields = {
  ...recordFields,
  ...ownHierarchyLevelFields,
};

const ownTenantFields = {
  /** Integer id of the tenant. */
  number: integer({
    access: "read",
    nullable: false,
    unique: true,
    description: "Integer id of the tenant.",
  }),
  /** The name of the tenant. */
  name: text({ nullable: false, min: 1, description: "The name of the tenant." }),
  /** Whether every update must state the expected version. */
  requireVersions: boolean({
    nullable: false,
    initial: false,
    description: "Whether every update must state the expected version.",
  }),
  /** The JSON Schema (2020-12) for customers' properties; null for none. */
  propertiesSchema: json({
    access: "read",
    description: "The JSON Schema (2020-12) for customers' properties; null for none.",
  }),
  /** The country of phone numbers without a country code. */
  defaultCountry: country({
    description: "The country of phone numbers without a country code.",
  }),
} as const;
export const tenantFields: RecordFields & typeof ownTenantFields = { ...recordFields, ...ownTenantFields };

export const scopes = [
  "customers:read",
  "customers:write",
  "users:read",
  "users:write",
  "scim",
  "act-for",
  "admin",
] as const;
/**
 * A permission of a token. `admin` allows everything in its tenant; `scim` allows identity providers to read
 * and write users and user groups by SCIM, and nothing else; `act-for` allows the holder to name the person
 * on whose behalf it acts.
 */
export type Scope = (typeof scopes)[number];

const ownTokenFields = {
  /** The purpose of the token. */
  name: text({ min: 1, description: "The purpose of the token." }),
  /** The scopes that the token grants; at least one. */
  scopes: textSet({
    options: scopes,
    initial: undefined,
    description: "The scopes that the token grants; at least one.",
  }),
  /** When the token stops working; null for never. */
  expiresAt: instant({ description: "When the token stops working; null for never." }),
  /** When the token was last used, to the minute; null for never. */
  lastUsedAt: instant({
    access: "read",
    computed: true,
    description: "When the token was last used, to the minute; null for never.",
  }),
  /** SHA-256 of the token, in hex. */
  hash: text({ nullable: false, access: "read", secret: true, description: "SHA-256 of the token, in hex." }),
} as const;
export const tokenFields: RecordFields & typeof ownTokenFields = { ...recordFields, ...ownTokenFields };

export interface GroupTag extends DecodedRecord<typeof groupTagFields> {}
export interface GroupTagJson extends JsonRecord<typeof groupTagFields> {}
/** The input for a new group tag, access group or channel. */
export interface NamedCreate extends CreateInput<typeof groupTagFields> {
  name: string;
}
export interface AccessGroup extends DecodedRecord<typeof accessGroupFields> {}
export interface AccessGroupJson extends JsonRecord<typeof accessGroupFields> {}
export interface Channel extends DecodedRecord<typeof channelFields> {}
export interface ChannelJson extends JsonRecord<typeof channelFields> {}
export interface HierarchyLevel extends DecodedRecord<typeof hierarchyLevelFields> {}
export interface HierarchyLevelJson extends JsonRecord<typeof hierarchyLevelFields> {}
export interface Tenant extends DecodedRecord<typeof tenantFields> {}
export interface TenantJson extends JsonRecord<typeof tenantFields> {}
export interface TenantCreate extends CreateInput<typeof tenantFields> {
  name: string;
}
export interface TenantPatch extends PatchInput<typeof tenantFields> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
/** The secret of a new tenant or token. It is shown only once. */
export interface WithSecret {
  token: string;
}
/** An update of the caller's own tenant. */
export interface TenantUpdate extends Omit<
  UpdateInput<unknown, TenantPatch, Record<string, never>, Record<string, never>>,
  "where" | "replace" | "add" | "remove"
> {}
export interface StoredTenant extends StoredRecord<typeof tenantFields> {}
export interface Token extends DecodedRecord<typeof tokenFields> {
  /** The scopes that the token grants; at least one. */
  scopes: Scope[];
}
export interface TokenJson extends JsonRecord<typeof tokenFields> {
  scopes: Scope[];
}
export interface TokenCreate extends CreateInput<typeof tokenFields> {
  /** The scopes that the token grants; at least one. */
  scopes: readonly Scope[];
}
export interface StoredToken extends StoredRecord<typeof tokenFields> {}

/** A country of ISO 3166-1. */
export interface Country {
  alpha2: string;
  alpha3: string;
  numeric: number;
  /** Its English short name. */
  name: string;
}

/** The identity that a token stands for. */
export interface Me {
  actor: string;
  /** The name of the token or the person. */
  name: string;
  scopes: Scope[];
  tenant: { id: string; number: number; name: string };
}
