import type { Misfit, StoredCustomer } from "@roster/domain";
import type { Validator } from "@roster/domain/properties-schema";
import type { ListPlace, TenantReader } from "../store/database.ts";

/** The most misfits that an answer lists, and the most faults of each. */
const maxListed = 100;
const maxFaults = 10;

/** How long a check keeps the event loop to itself, in milliseconds. */
const slice = 10;

/** Live customers whose properties do not fit a schema: the first ones, and how many there are. */
export interface Look {
  misfits: Misfit[];
  count: number;
}

/** The faults of a customer's properties, or undefined where they fit. */
export function misfitOf(
  { id, providedId, properties }: StoredCustomer,
  validate: Validator,
): Misfit | undefined {
  const faults = validate(properties ?? {}).slice(0, maxFaults);
  if (faults.length === 0) return undefined;
  return {
    id,
    providedId,
    faults: faults.map((fault) => ({ ...fault, pointer: `/properties${fault.pointer}` })),
  };
}

/** Counts a misfit, and lists it while there is room. */
export function note(look: Look, misfit: Misfit | undefined): void {
  if (!misfit) return;
  look.count++;
  if (look.misfits.length < maxListed) look.misfits.push(misfit);
}

/**
 * Checks the live customers of a tenant, page by page, and yields the event loop in between.
 * @param since checks only customers changed at this instant or later
 * @param until with `since`: stops at customers changed after this instant, so as not to chase changes
 */
export async function lookAt(
  reader: TenantReader,
  validate: Validator,
  since: string | undefined,
  until: string,
): Promise<Look> {
  const look: Look = { misfits: [], count: 0 };
  let after: ListPlace | undefined;
  let begun = performance.now();
  do {
    const page = await reader.list("customer", {
      terms: {},
      namePrefix: undefined,
      changedSince: since,
      deleted: false,
      sort: since === undefined ? "createdAt" : "updatedAt",
      order: "asc",
      limit: 50,
      after,
    });
    for (const customer of page.items) {
      if (since !== undefined && customer.updatedAt > until) return look;
      note(look, misfitOf(customer, validate));
      if (performance.now() - begun < slice) continue;
      await new Promise(setImmediate);
      begun = performance.now();
    }
    after = page.next;
  } while (after);
  return look;
}
