import { createCustomer, customerRules, type CustomerContext } from "../customer/customer-update.ts";
import { customerFields, type StoredCustomer } from "../customer/customer.ts";
import { RosterError, type Fault } from "../errors.ts";
import { parseCreate, parseUpdate } from "../record/parse.ts";
import { settled, type Outcome } from "../record/update.ts";
import { standaloneContext } from "../standalone.ts";
import { createUser, userRules } from "../user/user-update.ts";
import { userFields, type StoredUser } from "../user/user.ts";

/**
 * The outcome of a rule.
 * @throws RosterError if the rule refused
 */
export function accepted<R>(outcome: R | RosterError): R {
  if (outcome instanceof RosterError) throw outcome;
  return outcome;
}

/**
 * The refusal of a rule.
 * @throws Error if the rule accepted
 */
export function refused(outcome: unknown): RosterError & { faults: Fault[] } {
  if (outcome instanceof RosterError && outcome.faults) return outcome as RosterError & { faults: Fault[] };
  throw new Error(`was not refused with faults: ${JSON.stringify(outcome)}`);
}

/** The faults as `pointer code`. */
export const wrong = (faults: readonly Fault[]): string[] =>
  faults.map(({ pointer, code }) => `${pointer} ${code}`);

/** A deeply frozen value. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value) && !(value instanceof Date)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

export const id = "0197b8a0-0000-7000-8000-0000000000aa";
export const created = standaloneContext(new Date("2026-01-01T00:00:00.000Z"), "token:creator");

/** A context in which every customer exists at the highest of three levels. */
export const later: CustomerContext = {
  ...standaloneContext(new Date("2026-02-02T02:02:02.002Z"), "token:updater"),
  levels: () => ["top", "one", "two"],
  customer: (named) => (named === id ? undefined : { ...blank, id: named, hierarchyLevel: "top" }),
};

interface Rule<R> {
  fields: typeof customerFields | typeof userFields;
  create(input: unknown, context?: CustomerContext): Outcome<R> | RosterError;
  update(current: R, input: object, context?: CustomerContext): Outcome<R> | RosterError;
}

/** The customer rules behind plain inputs and outcomes. */
export const customers: Rule<StoredCustomer> = {
  fields: customerFields,
  create: (input, context = created) =>
    createCustomer({ id, number: 1, token: "t" }, parseCreate(customerFields, input), context),
  update: (current, input, context = later) =>
    settled(
      customerRules.update(
        current,
        parseUpdate(customerFields, { where: { id: current.id }, ...input }),
        context,
      ),
    ),
};
/** The user rules behind plain inputs and outcomes. */
export const users: Rule<StoredUser> = {
  fields: userFields,
  create: (input, context = created) =>
    createUser({ id, number: 1 }, parseCreate(userFields, input), context),
  update: (current, input, context = later) =>
    settled(
      userRules.update(current, parseUpdate(userFields, { where: { id: current.id }, ...input }), context),
    ),
};

const blank = accepted(customers.create({})).next;
