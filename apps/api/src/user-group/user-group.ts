import { createUserGroup, userGroupRules, type UserGroupJson } from "@roster/domain";
import type { Noun } from "../record/noun.ts";

export const userGroupNoun: Noun<"userGroup", UserGroupJson> = {
  type: "userGroup",
  rules: userGroupRules,
  scopes: { read: "users:read", write: "users:write" },
  create: createUserGroup,
  show: (stored) => stored,
  encode: ({ json }) => json,
};
