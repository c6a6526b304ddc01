import type { Fault, RosterError } from "../errors.ts";
import type { ParsedCreate } from "../record/edit.ts";
import type { RuleContext } from "../record/rule-context.ts";
import { create, type Invariants, type Outcome } from "../record/update.ts";
import { tokenFields, type StoredToken } from "./reference.ts";

const invariants: Invariants<StoredToken, RuleContext> = ({ scopes, expiresAt }, changed, at, { now }) => {
  const faults: Fault[] = [];
  if (changed.has("scopes") && scopes.length === 0) {
    faults.push({ pointer: at("scopes"), code: "required", message: "must name at least one scope" });
  }
  if (expiresAt !== null && expiresAt <= now) {
    faults.push({ pointer: at("expiresAt"), code: "out_of_range", message: "must be in the future" });
  }
  return faults;
};

/** Makes a new token from the values that Roster assigns and the edits of the create request. */
export const createToken = (
  assigned: Pick<StoredToken, "id" | "hash">,
  parsed: ParsedCreate,
  context: RuleContext,
): Outcome<StoredToken> | RosterError => create(tokenFields, assigned, parsed, invariants, context);
