import { instant, integer, text, textSet, country, type DecodedRecord, type JsonRecord, type StoredRecord, type CreateInput, type PatchInput } from "../record/field.ts";
import { recordFields } from "../record/record.ts";

/** The records that customers and users refer to, and those that say who may do what. */

const name = (description: string) => text({ nullable: false, min: 1, unique: true, description });

export const groupTagFields = { ...recordFields, name: name("The name of the group tag, unique in the tenant.") } as const;
export const accessGroupFields = { ...recordFields, name: name("The name of the access group, unique in the tenant.") } as const;
export const channelFields = {
  ...recordFields,
  number: integer({ access: "read", nullable: false, unique: true, description: "What a customer's defaultChannelId holds." }),
  name: name("The name of the channel, unique in the tenant."),
} as const;
export const hierarchyLevelFields = {
  ...recordFields,
  name: name("The name of the hierarchy level, unique in the tenant."),
  position: integer({ nullable: false, description: "0 for the highest level, 1 for the next, …" }),
} as const;

export const tenantFields = {
  ...recordFields,
  number: integer({ access: "read", nullable: false, unique: true, description: "Integer id of the tenant." }),
  name: text({ nullable: false, min: 1, description: "The name of the tenant." }),
  defaultCountry: country({ description: "The country of phone numbers that are written without a country code." }),
} as const;

export const scopes = ["customers:read", "customers:write", "users:read", "users:write", "admin"] as const;
/** What a token allows. `admin` allows everything in its tenant. */
export type Scope = (typeof scopes)[number];

export const tokenFields = {
  ...recordFields,
  name: text({ nullable: false, min: 1, description: "What the token is for." }),
  scopes: textSet({ options: scopes, description: "What the token allows." }),
  expiresAt: instant({ description: "When the token stops working; null for never." }),
  hash: text({ nullable: false, access: "read", secret: true, description: "SHA-256 of the token, in hex." }),
} as const;

export interface GroupTag extends DecodedRecord<typeof groupTagFields> {}
export interface GroupTagJson extends JsonRecord<typeof groupTagFields> {}
export interface GroupTagCreate extends Required<Pick<CreateInput<typeof groupTagFields>, "name">> {}
export interface AccessGroup extends DecodedRecord<typeof accessGroupFields> {}
export interface AccessGroupJson extends JsonRecord<typeof accessGroupFields> {}
export interface Channel extends DecodedRecord<typeof channelFields> {}
export interface ChannelJson extends JsonRecord<typeof channelFields> {}
export interface HierarchyLevel extends DecodedRecord<typeof hierarchyLevelFields> {}
export interface HierarchyLevelJson extends JsonRecord<typeof hierarchyLevelFields> {}
export interface Tenant extends DecodedRecord<typeof tenantFields> {}
export interface TenantJson extends JsonRecord<typeof tenantFields> {}
export interface TenantPatch extends PatchInput<typeof tenantFields> {}
export interface StoredTenant extends StoredRecord<typeof tenantFields> {}
export interface Token extends Omit<DecodedRecord<typeof tokenFields>, "scopes"> {
  scopes: Scope[];
}
export interface TokenJson extends Omit<JsonRecord<typeof tokenFields>, "scopes"> {
  scopes: Scope[];
}
export interface StoredToken extends StoredRecord<typeof tokenFields> {}
