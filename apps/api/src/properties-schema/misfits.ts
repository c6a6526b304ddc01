import { afterTerm, type Misfit, type StoredCustomer } from "@roster/domain";
import type { Validator } from "@roster/domain/properties-schema";
import { scanBudget } from "../store/queries/log.ts";
import type { Along, Place, TenantReader } from "../store/database.ts";

/** The maximum numbers of misfits in an answer, and of faults for each. */
const maxListed = 100;
const maxFaults = 10;

/** How long a check may block the event loop, in milliseconds. */
const slice = 10;
/** The number of customers checked at a time. */
const step = 50;

/** The live customers whose properties do not fit a schema: the first ones, and the number of all. */
export interface Look {
  misfits: Misfit[];
  count: number;
}

/** Checks a customer: counts it if its properties do not fit, and lists it up to the maximum. */
export function check(look: Look, customer: StoredCustomer, validate: Validator): void {
  const { id, providedId, properties } = customer;
  const faults = validate(properties ?? {}).slice(0, maxFaults);
  if (faults.length === 0) return;
  look.count++;
  if (look.misfits.length >= maxListed) return;
  const within = faults.map((fault) => ({ ...fault, pointer: `/properties${fault.pointer}` }));
  look.misfits.push({ id, providedId, faults: within });
}

/**
 * Checks the live customers of a tenant page by page, and yields the event loop in between.
 * @param since checks only customers changed at this instant or later
 * @param until with `since`, stops at customers changed after this instant, so that the check ends
 */
export async function lookAt(
  reader: TenantReader,
  validate: Validator,
  since: string | undefined,
  until: string,
): Promise<Look> {
  const look: Look = { misfits: [], count: 0 };
  const along: Along = since === undefined ? { by: "id" } : { by: "log", span: [since, afterTerm(until)] };
  // Most entries of the log are outdated, so many are read at a time, and the properties of the others later.
  const read = since === undefined ? { limit: step } : { limit: scanBudget, fields: ["id", "deletedAt"] };
  let after: Place | undefined;
  let begun = performance.now();
  do {
    const entries = await reader.walk("customer", { along, order: "asc", after, ...read });
    after = entries.length === read.limit ? entries.at(-1)?.place : undefined;
    const live = entries.flatMap(({ record }) => (record?.deletedAt === null ? [record] : []));
    for (let i = 0; i < live.length; i += step) {
      const some = live.slice(i, i + step);
      const ids = some.map(({ id }) => id);
      const customers = since === undefined ? some : await reader.findAll("customer", ids);
      for (const customer of customers) {
        check(look, customer, validate);
        if (performance.now() - begun < slice) continue;
        await new Promise(setImmediate);
        begun = performance.now();
      }
    }
  } while (after);
  return look;
}
