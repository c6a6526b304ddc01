import { createUser, userRules, type UserJson } from "@roster/domain";
import type { Noun } from "../record/noun.ts";

export const userNoun: Noun<"user", UserJson> = {
  type: "user",
  rules: userRules,
  scopes: { read: "users:read", write: "users:write" },
  create: (id, parsed, context) =>
    createUser({ id, number: context.view.nextNumber("user") }, parsed, context),
  show: (stored) => stored,
  encode: ({ json }) => json,
};
