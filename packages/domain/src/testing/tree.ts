import { createCustomer, customerRules, type CustomerContext } from "../customer/customer-update.ts";
import { customerFields, type StoredCustomer } from "../customer/customer.ts";
import { RosterError } from "../errors.ts";
import { parseCreate, parseEdits } from "../record/parse.ts";
import { settled, type Outcome } from "../record/update.ts";
import { standaloneContext } from "../standalone.ts";

/** One command on a tenant's customers. Numbers name customers in order of creation. */
export interface Step {
  kind: "create" | "update" | "delete" | "restore";
  customer: number;
  /** null for none; undefined to leave it unchanged. */
  parent: number | null | undefined;
  hierarchyLevel: string | null | undefined;
}

export const levels = ["Group", "Company", "Site"];

/** A tenant's customers in memory, changed only by the rules, as a store would. */
export class CustomerTree {
  readonly all: StoredCustomer[] = [];

  readonly context: CustomerContext = {
    ...standaloneContext(new Date(0), "test"),
    levels: () => levels,
    resolve: (reference, named) =>
      reference === "customer" ? this.#live(named)?.id : levels.find((level) => level === named),
    customer: (id) => this.#live(id),
    childLevels: (id) => [
      ...new Set(
        this.live()
          .filter(({ parent }) => parent === id)
          .map(({ hierarchyLevel }) => hierarchyLevel),
      ),
    ],
  };

  live(): StoredCustomer[] {
    return this.all.filter(({ deletedAt }) => deletedAt === null);
  }

  /** Takes a step if the rules allow it; otherwise returns the codes of its faults. */
  take(step: Step): string[] {
    const current = this.all[step.customer % (this.all.length || 1)];
    const outcome = this.#decide(step, current);
    if (outcome === undefined) return [];
    if (outcome instanceof RosterError) return (outcome.faults ?? []).map(({ code }) => code);
    const place = this.all.findIndex(({ id }) => id === outcome.next.id);
    if (place < 0) this.all.push(outcome.next);
    else this.all[place] = outcome.next;
    return [];
  }

  /** The outcome of a step; undefined for a step that a store would never pass to the rules. */
  #decide(
    { kind, parent, hierarchyLevel }: Step,
    current: StoredCustomer | undefined,
  ): Outcome<StoredCustomer> | RosterError | undefined {
    const place = {
      hierarchyLevel,
      parent: typeof parent === "number" ? (this.all[parent % (this.all.length || 1)]?.id ?? "none") : parent,
    };
    if (kind === "create") {
      const number = this.all.length + 1;
      const identity = { id: `customer ${number}`, number, token: `token ${number}` };
      return createCustomer(identity, parseCreate(customerFields, place), this.context);
    }
    if (current === undefined || (kind !== "restore" && current.deletedAt !== null)) return undefined;
    if (kind === "update")
      return settled(
        customerRules.update(current, parseEdits(customerFields, { patch: place }), this.context),
      );
    return customerRules[kind](current, this.context);
  }

  #live(id: string | number): StoredCustomer | undefined {
    return this.all.find((customer) => customer.id === id && customer.deletedAt === null);
  }
}
