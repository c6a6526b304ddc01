import type { Customer, CustomerJson } from "./customer/customer.ts";
import type { DuplicatePair } from "./customer/duplicates.ts";
import type { MergeResult, UnmergeResult } from "./customer/merge.ts";
import type { Fault } from "./errors.ts";
import type { JsonObject } from "./record/json.ts";
import type { Page, UpdateResult } from "./record/history.ts";
import type {
  AccessGroup,
  AccessGroupJson,
  Channel,
  ChannelJson,
  GroupTag,
  GroupTagJson,
  HierarchyLevel,
  HierarchyLevelJson,
  Tenant,
  TenantJson,
  Token,
  TokenJson,
  WithSecret,
} from "./reference/reference.ts";
import type { UserGroup, UserGroupJson } from "./user-group/user-group.ts";
import type { User, UserJson } from "./user/user.ts";
import type {
  Delivery,
  DeliveryJson,
  Webhook,
  WebhookJson,
  WebhookStatus,
  WebhookStatusJson,
  WithSigningSecret,
} from "./webhook/webhook.ts";
import { instantsWire, pageWire, partWire, recordWire, type Wire } from "./wire.ts";

/** The wire of each record. The api encodes by these, and clients decode by them. */

const ofRecords = { createdAt: true, updatedAt: true, deletedAt: true } as const;

export const customerWire = recordWire<CustomerJson, Customer>({
  ...ofRecords,
  erasedAt: true,
  timestamp: true,
  activationDate: true,
});
export const userWire = recordWire<UserJson, User>({
  ...ofRecords,
  erasedAt: true,
  lastSeen: true,
  lastTyped: true,
});
export const userGroupWire = recordWire<UserGroupJson, UserGroup>({ ...ofRecords, erasedAt: true });
export const groupTagWire = recordWire<GroupTagJson, GroupTag>(ofRecords);
export const accessGroupWire = recordWire<AccessGroupJson, AccessGroup>(ofRecords);
export const channelWire = recordWire<ChannelJson, Channel>(ofRecords);
export const hierarchyLevelWire = recordWire<HierarchyLevelJson, HierarchyLevel>(ofRecords);
export const tenantWire = recordWire<TenantJson, Tenant>(ofRecords);
export const tenantWithSecretWire = recordWire<TenantJson & WithSecret, Tenant & WithSecret>(ofRecords);
export const tokenWire = recordWire<TokenJson, Token>({ ...ofRecords, expiresAt: true, lastUsedAt: true });
export const tokenWithSecretWire = recordWire<TokenJson & WithSecret, Token & WithSecret>({
  ...ofRecords,
  expiresAt: true,
  lastUsedAt: true,
});
export const webhookWire = recordWire<WebhookJson, Webhook>({ ...ofRecords, previousSecretUntil: true });
export const webhookWithSecretWire = recordWire<WebhookJson & WithSigningSecret, Webhook & WithSigningSecret>(
  { ...ofRecords, previousSecretUntil: true },
);
export const webhookStatusWire: Wire<WebhookStatusJson, WebhookStatus> = instantsWire([
  "oldestPendingAt",
  "nextAttemptAt",
  "acceptedAt",
]);
export const deliveryWire: Wire<DeliveryJson, Delivery> = instantsWire(["at", "nextAttemptAt"]);

export const customerUpdateWire: Wire<CustomerUpdated<CustomerJson>, CustomerUpdated<Customer>> = partWire(
  "customer",
  customerWire,
);
export const userUpdateWire: Wire<UserUpdated<UserJson>, UserUpdated<User>> = partWire("user", userWire);
export const userGroupUpdateWire: Wire<
  UserGroupUpdated<UserGroupJson>,
  UserGroupUpdated<UserGroup>
> = partWire("userGroup", userGroupWire);
export const tenantUpdateWire: Wire<TenantUpdated<TenantJson>, TenantUpdated<Tenant>> = partWire(
  "tenant",
  tenantWire,
);
export const webhookUpdateWire: Wire<WebhookUpdated<WebhookJson>, WebhookUpdated<Webhook>> = partWire(
  "webhook",
  webhookWire,
);

export const propertiesSchemaWire: Wire<
  PropertiesSchemaSet<TenantJson>,
  PropertiesSchemaSet<Tenant>
> = partWire("tenant", tenantWire);

export const customerUpsertWire: Wire<CustomerUpserted<CustomerJson>, CustomerUpserted<Customer>> = partWire(
  "customer",
  customerWire,
);
export const userUpsertWire: Wire<UserUpserted<UserJson>, UserUpserted<User>> = partWire("user", userWire);
export const mergeWire: Wire<MergeResult<CustomerJson>, MergeResult<Customer>> = partWire(
  "customer",
  customerWire,
);
export const duplicatesWire: Wire<
  Page<DuplicatePair<CustomerJson>>,
  Page<DuplicatePair<Customer>>
> = pageWire({
  decode: (pair) => ({ ...pair, a: customerWire.decode(pair.a), b: customerWire.decode(pair.b) }),
});
export const unmergeWire: Wire<UnmergeResult<CustomerJson>, UnmergeResult<Customer>> = {
  decode: (value) => ({
    ...value,
    customer: customerWire.decode(value.customer),
    from: customerWire.decode(value.from),
  }),
};

/** The result of `customer.upsert`. */
export interface CustomerUpserted<Record> extends CustomerUpdated<Record> {
  created: boolean;
}
/** The result of `user.upsert`. */
export interface UserUpserted<Record> extends UserUpdated<Record> {
  created: boolean;
}
/** The result of `customer.update`. */
export interface CustomerUpdated<Record> extends UpdateResult {
  customer: Record;
}
/** The result of `user.update`. */
export interface UserUpdated<Record> extends UpdateResult {
  user: Record;
}
/** The result of `userGroup.update`. */
export interface UserGroupUpdated<Record> extends UpdateResult {
  userGroup: Record;
}
/** The result of `tenant.update`. */
export interface TenantUpdated<Record> extends UpdateResult {
  tenant: Record;
}
/** The result of `webhook.update`. */
export interface WebhookUpdated<Record> extends UpdateResult {
  webhook: Record;
}
/** Sets the schema for customers' properties. */
export interface PropertiesSchemaInput {
  /** A JSON Schema (2020-12); null for none. */
  schema: JsonObject | null;
  /** Return the result, including the customers that do not fit, without storing anything. */
  dryRun?: boolean | undefined;
  /** Accept the schema even if customers do not fit it. They stay as they are. */
  acceptMisfits?: boolean | undefined;
}
/** The result of `tenant.setPropertiesSchema`. */
export interface PropertiesSchemaSet<Record> extends TenantUpdated<Record> {
  /** The first live customers whose properties do not fit the schema. */
  misfits: Misfit[];
  /** The number of all such customers. */
  misfitCount: number;
}
/** A customer whose properties do not fit, and the faults, with pointers into the customer. */
export interface Misfit {
  id: string;
  providedId: string | null;
  faults: Fault[];
}
