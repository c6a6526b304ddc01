import {
  authorize,
  refusal,
  RosterError,
  withFaults,
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
    const refusals: RosterError[] = [];
    const faults: Fault[] = [];
    const ofUser = attempt(() => users.decideUpdate(user, context, check), refusals);
    const group = ofUser?.reply.record.customer ?? null;
    if (!touchesCustomer) {
      if (!ofUser) throw together(refusals);
      const stored = group === null ? undefined : context.view.find("customer", "id", group);
      const shown = stored?.deletedAt === null ? customers.show(context.view, stored) : undefined;
      return { writes: ofUser.writes, reply: { user: ofUser.reply.record, customer: shown } };
    }
    const groupContext = decisionContext("customer", context.view, actor, context.now);
    const named = { ...customer, where: [{ field: "id", value: group ?? "" }] };
    const ofCustomer =
      group === null ? undefined : attempt(() => customers.decideUpdate(named, groupContext), refusals);
    if (group === null) faults.push(...customer.faults);
    if (ofUser && group === null) {
      const orphans = customer.edits.filter(({ faulty }) => !faulty);
      faults.push(
        ...orphans.map(({ at }): Fault => ({
          pointer: at,
          code: "not_found",
          message: "the user belongs to no customer",
        })),
      );
    }
    if (!ofUser || !ofCustomer) throw together(refusals, faults);
    return {
      writes: [...ofUser.writes, ...ofCustomer.writes],
      reply: { user: ofUser.reply.record, customer: ofCustomer.reply.record },
    };
  });
}

function attempt<D>(decide: () => D, refusals: RosterError[]): D | undefined {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof RosterError)) throw error;
    refusals.push(error);
    return undefined;
  }
}

/** One refusal with all faults, for the reason of the first that is about more than faults. */
function together(refusals: readonly RosterError[], more: readonly Fault[] = []): RosterError {
  const faults = [...refusals.flatMap(({ faults = [] }) => faults), ...more];
  const reason = refusals.find(({ code }) => code !== "INVALID" && code !== "CONFLICT");
  return reason ? withFaults(reason, faults) : refusal(faults);
}
