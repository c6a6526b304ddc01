import type {
  AccessGroupJson,
  ChannelJson,
  CustomerJson,
  GroupTagJson,
  HierarchyLevelJson,
  TenantJson,
  TokenJson,
  UserJson,
} from "@roster/domain";
import { Changes } from "./change/changes.ts";
import { Hub } from "./change/hub.ts";
import { customerNoun } from "./customer/customer.ts";
import type { Store } from "./record/command.ts";
import { RecordService } from "./record/record-service.ts";
import { accessGroupNoun, channelNoun, groupTagNoun, hierarchyLevelNoun } from "./reference/nouns.ts";
import { tenantNoun } from "./tenant/tenants.ts";
import { tokenNoun } from "./tenant/tokens.ts";
import { userNoun } from "./user/user.ts";
import { webhookSettings } from "./webhook/settings.ts";
import { Webhooks } from "./webhook/webhooks.ts";

/** All that Roster can do, whichever surface asks. */
export interface Roster {
  store: Store;
  customer: RecordService<"customer", CustomerJson>;
  user: RecordService<"user", UserJson>;
  groupTag: RecordService<"groupTag", GroupTagJson>;
  accessGroup: RecordService<"accessGroup", AccessGroupJson>;
  channel: RecordService<"channel", ChannelJson>;
  hierarchyLevel: RecordService<"hierarchyLevel", HierarchyLevelJson>;
  tenant: RecordService<"tenant", TenantJson>;
  token: RecordService<"token", TokenJson>;
  webhook: Webhooks;
  change: Changes;
}

export const createRoster = (
  store: Store,
  webhooks = webhookSettings(),
  hub = new Hub(store.database),
): Roster => ({
  store,
  customer: new RecordService(customerNoun, store),
  user: new RecordService(userNoun, store),
  groupTag: new RecordService(groupTagNoun, store),
  accessGroup: new RecordService(accessGroupNoun, store),
  channel: new RecordService(channelNoun, store),
  hierarchyLevel: new RecordService(hierarchyLevelNoun, store),
  tenant: new RecordService(tenantNoun, store),
  token: new RecordService(tokenNoun, store),
  webhook: new Webhooks(store, webhooks),
  change: new Changes(store, hub),
});
