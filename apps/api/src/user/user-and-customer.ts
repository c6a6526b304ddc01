import {
  authorize,
  may,
  refusal,
  RosterError,
  type Actor,
  type Change,
  type CustomerJson,
  type Fault,
  type ParsedCreate,
  type ParsedUpdate,
  type UserJson,
} from "@roster/domain";
import { decisionContext } from "../record/decision-context.ts";
import { submit } from "../record/command.ts";
import type { Roster } from "../roster.ts";

/**
 * Updates a user and, in the same transaction, the customer that the user then belongs to: both or
 * neither, and the faults of both together.
 *
 * @param customer the edits of the customer; which one it is, the user says
 * @param reading what the request says of the user that it names, given that user and its customer as they are
 * @returns the user and what changed of it, and its customer if it belongs to one and the actor may
 *   read or write customers
 */
export async function updateUserAndCustomer(
  { store, user: users, customer: customers }: Roster,
  actor: Actor,
  user: ParsedUpdate,
  customer: ParsedUpdate,
  reading: (user: UserJson, customer: CustomerJson | undefined) => ParsedCreate,
): Promise<{ user: UserJson; changes: Change[]; customer: CustomerJson | undefined }> {
  authorize(actor, "users:write");
  const touchesCustomer = customer.edits.length > 0 || customer.faults.length > 0;
  if (touchesCustomer) authorize(actor, "customers:write");
  const seesCustomers = may(actor, "customers:read") || may(actor, "customers:write");
  const wants = [...users.updateWants(user), ...customers.updateWants(customer)];
  return submit(store, "user", actor, null, wants, (context) => {
    const faults: Fault[] = [];
    const customerOf = (id: string | null) => {
      const stored = id !== null && seesCustomers ? context.view.find("customer", "id", id) : undefined;
      return stored?.deletedAt === null ? customers.show(context.view, stored) : undefined;
    };
    const ofUser = attempt(
      () => users.decideUpdate(user, context, (current) => reading(current, customerOf(current.customer))),
      faults,
    );
    const group = ofUser?.reply.record.customer ?? null;
    if (!touchesCustomer) {
      if (!ofUser) throw refusal(faults);
      const { record, changes } = ofUser.reply;
      return { writes: ofUser.writes, reply: { user: record, changes, customer: customerOf(group) } };
    }
    const groupContext = decisionContext("customer", context.view, actor, context.now);
    const named = { ...customer, where: [{ field: "id", value: group ?? "" }] };
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
      reply: {
        user: ofUser.reply.record,
        changes: ofUser.reply.changes,
        customer: ofCustomer.reply.record,
      },
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
