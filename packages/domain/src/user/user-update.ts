import type { RosterError } from "../errors.ts";
import type { ParsedCreate } from "../record/parse.ts";
import {
  create,
  edit,
  remove,
  restore,
  type Outcome,
  type RuleContext,
  type Rules,
} from "../record/update.ts";
import { userFields, type StoredUser } from "./user.ts";

/** A user has no rules over several fields: each value, unique value and reference stands alone. */
const rules: Rules<StoredUser, RuleContext> = () => [];

/** What Roster gives a new user. */
export type UserIdentity = Pick<StoredUser, "id" | "number">;

export const createUser = (
  identity: UserIdentity,
  { edits, faults }: ParsedCreate,
  context: RuleContext,
): Outcome<StoredUser> | RosterError => create(userFields, identity, edits, faults, rules, context);

export const updateUser = (
  current: StoredUser,
  { edits, faults }: ParsedCreate,
  context: RuleContext,
): Outcome<StoredUser> | RosterError => edit(userFields, current, edits, faults, rules, context);

export const deleteUser = (current: StoredUser, context: RuleContext): Outcome<StoredUser> =>
  remove(current, context);

export const restoreUser = (current: StoredUser, context: RuleContext): Outcome<StoredUser> | RosterError =>
  restore(userFields, current, rules, context);
