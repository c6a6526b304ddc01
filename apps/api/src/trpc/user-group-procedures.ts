import {
  pageWire,
  plain,
  userGroupCountSchema,
  userGroupFields,
  userGroupListSchema,
  userGroupUpdateWire,
  userGroupWire,
  type Member,
  type MembersInput,
  type UserGroupCountInput,
  type UserGroupCreate,
  type UserGroupListInput,
  type UserGroupUpdate,
  type UserGroupWhere,
} from "@roster/domain";
import { membersOption, whereInput } from "./inputs.ts";
import { recordProcedures } from "./record-procedures.ts";
import { query, router } from "./trpc.ts";

const groups = recordProcedures({
  type: "userGroup" as const,
  wire: userGroupWire,
  updateWire: userGroupUpdateWire,
});

export const userGroupRouter = router({
  create: groups.create<UserGroupCreate>(),
  get: groups.get<UserGroupWhere>(),
  list: groups.filteredList<UserGroupListInput>(userGroupListSchema),
  /** Counts the user groups of a list. */
  count: groups.count<UserGroupCountInput>(userGroupCountSchema),
  /** A page of the members, now or at a version. */
  members: query(
    whereInput<MembersInput, Omit<MembersInput, "where"> & { limit: number }>(userGroupFields, membersOption),
    pageWire(plain<Member>()),
    (roster, actor, { where, ...page }) => roster.userGroup.members(actor, where, page),
  ),
  update: groups.update<UserGroupUpdate>(),
  updateMany: groups.updateMany<UserGroupUpdate>(),
  history: groups.history<UserGroupWhere>(),
  at: groups.at<UserGroupWhere>(),
  diff: groups.diff<UserGroupWhere>(),
  revert: groups.revert<UserGroupWhere>(),
  delete: groups.delete<UserGroupWhere>(),
  restore: groups.restore<UserGroupWhere>(),
  erase: groups.erase<UserGroupWhere>(),
  export: groups.export<UserGroupWhere>(),
});
