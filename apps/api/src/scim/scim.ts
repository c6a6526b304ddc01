import { authorize, type Actor } from "@roster/domain";
import type { Store } from "../record/command.ts";
import { RecordService } from "../record/record-service.ts";
import { userNoun } from "../user/user.ts";
import { userGroupNoun } from "../user-group/user-group.ts";
import { ScimGroups } from "./scim-groups.ts";
import { ScimUsers } from "./scim-users.ts";

/**
 * A caller with the scope `scim`, which allows to read and write users and user groups by SCIM.
 * @throws RosterError FORBIDDEN
 */
export function provisioner(actor: Actor): Actor {
  authorize(actor, "scim");
  return { ...actor, scopes: ["users:read", "users:write"] };
}

/** The resources of both types. */
export interface Scim {
  users: ScimUsers;
  groups: ScimGroups;
}

export const scimOf = (store: Store): Scim => ({
  users: new ScimUsers(store, new RecordService(userNoun, store)),
  groups: new ScimGroups(store, new RecordService(userGroupNoun, store)),
});
