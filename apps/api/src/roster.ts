import type { Actor } from "@roster/domain";
import { Changes } from "./change/changes.ts";
import { Hub } from "./change/hub.ts";
import { ChangeSets } from "./change-set/change-sets.ts";
import { customerNoun } from "./customer/customer.ts";
import { duplicates, notDuplicates } from "./customer/duplicates.ts";
import { mergeCustomers, unmergeCustomers } from "./customer/merge.ts";
import { namedActors } from "./people/actors.ts";
import { overview } from "./people/overview.ts";
import { Views } from "./people/views.ts";
import type { Store } from "./record/command.ts";
import { RecordService } from "./record/record-service.ts";
import { replaceLevels } from "./reference/hierarchy.ts";
import { accessGroupNoun, channelNoun, groupTagNoun, hierarchyLevelNoun } from "./reference/nouns.ts";
import { scimOf } from "./scim/scim.ts";
import { setPropertiesSchema } from "./tenant/set-properties-schema.ts";
import { createTenant, listTenants, tenantNoun } from "./tenant/tenants.ts";
import { issueToken, listTokens, revokeToken, tokenNoun } from "./tenant/tokens.ts";
import { updateUserAndCustomer } from "./user/user-and-customer.ts";
import { userNoun } from "./user/user.ts";
import { userGroupNoun } from "./user-group/user-group.ts";
import { UserGroups } from "./user-group/user-groups.ts";
import { webhookSettings } from "./webhook/settings.ts";
import { Webhooks } from "./webhook/webhooks.ts";

const servicesOf = (store: Store, webhooks: ReturnType<typeof webhookSettings>, hub: Hub) => ({
  customer: new RecordService(customerNoun, store),
  user: new RecordService(userNoun, store),
  userGroup: new UserGroups(userGroupNoun, store),
  scim: scimOf(store),
  groupTag: new RecordService(groupTagNoun, store),
  accessGroup: new RecordService(accessGroupNoun, store),
  channel: new RecordService(channelNoun, store),
  hierarchyLevel: new RecordService(hierarchyLevelNoun, store),
  tenant: new RecordService(tenantNoun, store),
  token: new RecordService(tokenNoun, store),
  webhook: new Webhooks(store, webhooks),
  changeSet: new ChangeSets(store),
  view: new Views(store),
  change: new Changes(store, hub),
});

type Services = ReturnType<typeof servicesOf>;

/** Commands besides those that every record type has. */
const commandsOf = (parts: Services & { store: Store }) => ({
  mergeCustomers: mergeCustomers.bind(undefined, parts),
  unmergeCustomers: unmergeCustomers.bind(undefined, parts),
  updateUserAndCustomer: updateUserAndCustomer.bind(undefined, parts),
  replaceLevels: replaceLevels.bind(undefined, parts.store),
  createTenant: createTenant.bind(undefined, parts.store),
  listTenants: listTenants.bind(undefined, parts.store),
  setPropertiesSchema: setPropertiesSchema.bind(undefined, parts),
  createToken: issueToken.bind(undefined, parts.store),
  listTokens: listTokens.bind(undefined, parts),
  revokeToken: revokeToken.bind(undefined, parts.store),
  duplicates: duplicates.bind(undefined, parts),
  notDuplicates: notDuplicates.bind(undefined, parts.store),
  namedActors: namedActors.bind(undefined, parts.store),
  overview: overview.bind(undefined, parts),
  /** Loads sample data, which no other request needs. */
  async loadSampleData(actor: Actor) {
    const { loadSampleData } = await import("./people/sample-data.ts");
    return loadSampleData(parts, replaceLevels.bind(undefined, parts.store), actor);
  },
});

/**
 * All operations of Roster, for every surface. Each method takes the actor and checks its scopes. The store
 * is not included, so that no surface can read a record without that check.
 */
export interface Roster extends Services, ReturnType<typeof commandsOf> {}

export function createRoster(
  store: Store,
  webhooks = webhookSettings(),
  hub = new Hub(store.database),
): Roster {
  const services = servicesOf(store, webhooks, hub);
  return { ...services, ...commandsOf({ store, ...services }) };
}
