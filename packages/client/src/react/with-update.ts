import {
  customerFields,
  customerRules,
  customerView,
  customerWire,
  decideUpdate,
  parseUpdate,
  RosterError,
  standaloneContext,
  storedCustomer,
  storedUser,
  userFields,
  userRules,
  userWire,
  type Customer,
  type User,
} from "@roster/domain";
import type { RecordOf, Records, UpdateOf } from "./records.ts";

/** Decides as Roster does, as far as a page can: what a person has typed as a phone or a country stays as typed. */
const context = () => ({
  ...standaloneContext(new Date(), "me"),
  phone: (written: string) => written,
  country: (written: string) => written,
});

const after: { [Type in keyof Records]: (record: RecordOf<Type>, update: object) => RecordOf<Type> } = {
  customer(record: Customer, update) {
    const parsed = parseUpdate(customerFields, { ...update, where: { id: record.id } });
    const decided = decideUpdate(customerRules, storedCustomer(record), parsed, context());
    if (decided instanceof RosterError) throw decided;
    const { computedProperties, computedMapping } = record;
    return { ...customerWire.decode(customerView(decided.record, [])), computedProperties, computedMapping };
  },
  user(record: User, update) {
    const parsed = parseUpdate(userFields, { ...update, where: { id: record.id } });
    const decided = decideUpdate(userRules, storedUser(record), parsed, context());
    if (decided instanceof RosterError) throw decided;
    return userWire.decode(decided.record);
  },
};

/**
 * The record as it will be if Roster accepts the update: by the rules of the domain, with the version that it
 * has now.
 * @returns the record itself if the update will be refused
 */
export function withUpdate<Type extends keyof Records>(
  type: Type,
  record: RecordOf<Type>,
  { expectedVersion: _, ...update }: UpdateOf<Type>,
): RecordOf<Type> {
  try {
    const { version, updatedAt, updatedBy } = record;
    return { ...after[type](record, update), version, updatedAt, updatedBy };
  } catch {
    return record;
  }
}
