import type { RosterError } from "../errors.ts";
import type { ParsedCreate } from "../record/edit.ts";
import type { RuleContext } from "../record/rule-context.ts";
import { create, plainRules, type Outcome } from "../record/update.ts";
import { userFields, type StoredUser } from "./user.ts";

/** The values that Roster assigns to a new user. */
export type UserIdentity = Pick<StoredUser, "id" | "number">;

export const createUser = (
  identity: UserIdentity,
  parsed: ParsedCreate,
  context: RuleContext,
): Outcome<StoredUser> | RosterError =>
  create<StoredUser, RuleContext>(userFields, identity, parsed, () => [], context);

/** The rules of a user. No rule spans several fields. */
export const userRules = plainRules<StoredUser>("user", userFields);
