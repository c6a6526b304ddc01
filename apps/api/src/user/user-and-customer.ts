import {
  authorize,
  refusal,
  RosterError,
  type Actor,
  type CustomerJson,
  type Fault,
  type ParsedUpdate,
  type UserJson,
} from "@roster/domain";
import { decisionContext } from "../record/decision-context.ts";
import { submit } from "../record/command.ts";
import type { Check } from "../record/record-service.ts";
import type { Roster } from "../roster.ts";

/**
 * Updates a user and, in the same transaction, the customer that the user then belongs to: both or
 * neither, and the faults of both together.
 *
 * @param customer the edits of the customer; which one it is, the user says
 * @param check further faults of the request, given the user that it names
 * @returns the user, and its customer if it belongs to one
 */
export async function updateUserAndCustomer(
  { store, user: users, customer: customers }: Roster,
  actor: Actor,
  user: ParsedUpdate,
  customer: ParsedUpdate,
  check: Check<"user">,
): Promise<{ user: UserJson; customer: CustomerJson | undefined }> {
  authorize(actor, "users:write");
  const touchesCustomer = customer.edits.length > 0 || customer.faults.length > 0;
  if (touchesCustomer) authorize(actor, "customers:write");
  const wants = [...users.updateWants(user), ...customers.updateWants(customer)];
  return submit(store, "user", actor, null, wants, (context) => {
    const faults: Fault[] = [];
    const ofUser = attempt(() => users.decideUpdate(user, context, check), faults);
    const group = ofUser?.reply.record.customer ?? null;
    if (!touchesCustomer) {
      if (!ofUser) throw refusal(faults);
      const stored = group === null ? undefined : context.view.find("customer", "id", group);
      const shown = stored?.deletedAt === null ? customers.show(context.view, stored) : undefined;
      return { writes: ofUser.writes, reply: { user: ofUser.reply.record, customer: shown } };
    }
    const groupContext = decisionContext("customer", context.view, actor, context.now);
    const named = { ...customer, where: [{ field: "id" as const, value: group ?? "" }] };
    const ofCustomer =
      group === null ? undefined : attempt(() => customers.decideUpdate(named, groupContext), faults);
    if (group === null) faults.push(...customer.faults);
    if (ofUser && group === null) {
      const orphans = customer.edits.map(({ at }) => ({
        pointer: at,
        code: "not_found" as const,
        message: "the user belongs to no customer",
      }));
      faults.push(...orphans);
    }
    if (!ofUser || !ofCustomer) throw refusal(faults);
    return {
      writes: [...ofUser.writes, ...ofCustomer.writes],
      reply: { user: ofUser.reply.record, customer: ofCustomer.reply.record },
    };
  });
}

/** Runs a decision; what is wrong with the request is collected, everything else is thrown. */
function attempt<D>(decide: () => D, faults: Fault[]): D | undefined {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof RosterError) || !error.faults) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}
