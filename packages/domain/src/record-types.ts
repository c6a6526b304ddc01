import { customerFields, type StoredCustomer } from "./customer/customer.ts";
import type { Fields, UniqueKey } from "./record/field.ts";
import {
  accessGroupFields,
  channelFields,
  groupTagFields,
  hierarchyLevelFields,
  tenantFields,
  tokenFields,
  type AccessGroupJson,
  type ChannelJson,
  type GroupTagJson,
  type HierarchyLevelJson,
  type StoredTenant,
  type StoredToken,
} from "./reference/reference.ts";
import { userFields, type StoredUser } from "./user/user.ts";
import { userGroupFields, type StoredUserGroup } from "./user-group/user-group.ts";
import { webhookFields, type StoredWebhook } from "./webhook/webhook.ts";

/** Every type of record that Roster keeps, with its fields. */
export const recordTypes = {
  customer: customerFields,
  user: userFields,
  userGroup: userGroupFields,
  groupTag: groupTagFields,
  hierarchyLevel: hierarchyLevelFields,
  channel: channelFields,
  accessGroup: accessGroupFields,
  tenant: tenantFields,
  token: tokenFields,
  webhook: webhookFields,
} satisfies Record<string, Fields>;

export type RecordType = keyof typeof recordTypes;

/** The name of any field that holds JSON. */
export type JsonFieldName = {
  [Type in RecordType]: {
    [Name in keyof (typeof recordTypes)[Type]]: (typeof recordTypes)[Type][Name] extends { kind: "json" }
      ? Name
      : never;
  }[keyof (typeof recordTypes)[Type]];
}[RecordType];

/**
 * The name of any field of any record type. Code that names a field uses it, so that the compiler finds a
 * renamed field.
 */
export type FieldName = { [Type in RecordType]: keyof (typeof recordTypes)[Type] & string }[RecordType];
export type UniqueName = { [Type in RecordType]: UniqueKey<(typeof recordTypes)[Type]> & string }[RecordType];

/** The stored form of each record type. */
export interface StoredRecords {
  customer: StoredCustomer;
  user: StoredUser;
  userGroup: StoredUserGroup;
  groupTag: GroupTagJson;
  hierarchyLevel: HierarchyLevelJson;
  channel: ChannelJson;
  accessGroup: AccessGroupJson;
  tenant: StoredTenant;
  token: StoredToken;
  webhook: StoredWebhook;
}
