import type { RosterError } from "../errors.ts";
import type { ParsedCreate } from "../record/edit.ts";
import type { RuleContext } from "../record/rule-context.ts";
import { create, plainRules, type Outcome } from "../record/update.ts";
import { userGroupFields, type StoredUserGroup } from "./user-group.ts";

export const createUserGroup = (
  id: string,
  parsed: ParsedCreate,
  context: RuleContext,
): Outcome<StoredUserGroup> | RosterError =>
  create<StoredUserGroup, RuleContext>(userGroupFields, { id }, parsed, () => [], context);

/** The rules of a user group. No rule spans several fields. */
export const userGroupRules = plainRules<StoredUserGroup>("userGroup", userGroupFields);
