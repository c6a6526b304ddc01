import {
  authorize,
  may,
  refusal,
  RosterError,
  withFaults,
  type Actor,
  type Change,
  type CustomerJson,
  type Fault,
  type ParsedCreate,
  type ParsedUpdate,
  type UserJson,
} from "@roster/domain";
import { decisionContext } from "../record/decision-context.ts";
import { idsShown, run, type Store } from "../record/command.ts";
import type { RecordService } from "../record/record-service.ts";

interface Parts {
  store: Store;
  user: RecordService<"user", UserJson>;
  customer: RecordService<"customer", CustomerJson>;
}

/**
 * Updates a user and, in the same transaction, the customer that the user then belongs to: both or neither,
 * with the faults of both together.
 *
 * @param customer the edits of the customer; the user's reference names the customer
 * @param reading reads the request's edits of the user, given that user and its customer as stored
 * @returns the user and its changes, and its customer if it belongs to one and the actor may read or write
 *   customers
 */
export async function updateUserAndCustomer(
  { store, user: users, customer: customers }: Parts,
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
  return run(store, { type: "user", actor, wants }, (context) => {
    const refusals: RosterError[] = [];
    const liveCustomer = (id: string | null) => {
      const stored = id !== null && seesCustomers ? context.view.find("customer", "id", id) : undefined;
      return stored?.deletedAt === null ? stored : undefined;
    };
    const customerOf = (id: string | null) => {
      const stored = liveCustomer(id);
      return stored && customers.show(context, stored);
    };
    const ofUser = attempt(
      () => users.updateWithin(context, user, (current) => reading(current, customerOf(current.customer))),
      refusals,
    );
    const group = ofUser?.reply.record.customer ?? null;
    if (!touchesCustomer) {
      if (!ofUser) throw together(refusals);
      const { record, changes } = ofUser.reply;
      const shown = liveCustomer(group);
      return {
        writes: ofUser.writes,
        reply: { user: record, changes, customer: shown && customers.show(context, shown) },
        about: [...ofUser.about, ...(shown ? idsShown(context, shown) : [])],
      };
    }
    const groupContext = decisionContext("customer", context.view, actor, context.now);
    const named = { ...customer, where: [{ field: "id" as const, value: group ?? "" }] };
    const ofCustomer =
      group === null ? undefined : attempt(() => customers.updateWithin(groupContext, named), refusals);
    if (ofUser && ofCustomer)
      return {
        writes: [...ofUser.writes, ...ofCustomer.writes],
        reply: {
          user: ofUser.reply.record,
          changes: ofUser.reply.changes,
          customer: ofCustomer.reply.record,
        },
        about: [...ofUser.about, ...ofCustomer.about],
      };
    if (group !== null) throw together(refusals);
    const orphans = ofUser ? customer.edits.filter(({ faulty }) => !faulty) : [];
    const message = "the user belongs to no customer";
    throw together(refusals, [
      ...customer.faults,
      ...orphans.map(({ at }): Fault => ({ pointer: at, code: "not_found", message })),
    ]);
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

/** One refusal with all faults. The first refusal that is not only about faults gives its code and message. */
function together(refusals: readonly RosterError[], more: readonly Fault[] = []): RosterError {
  const faults = [...refusals.flatMap((refused) => refused.faults ?? []), ...more];
  const reason = refusals.find(
    (refused) => refused.faults === undefined || (refused.code !== "INVALID" && refused.code !== "CONFLICT"),
  );
  return reason ? withFaults(reason, faults) : refusal(faults);
}
