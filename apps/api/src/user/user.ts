import { createUser, deleteUser, restoreUser, updateUser, userFields, type UserJson } from "@roster/domain";
import type { Noun } from "../record/noun.ts";

export const userNoun: Noun<"user", UserJson> = {
  type: "user",
  fields: userFields,
  scopes: { read: "users:read", write: "users:write" },
  create: (id, parsed, context) =>
    createUser({ id, number: context.view.nextNumber("user") }, parsed, context),
  update: updateUser,
  delete: deleteUser,
  restore: restoreUser,
  show: (stored) => stored,
};
