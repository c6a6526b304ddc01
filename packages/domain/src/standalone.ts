import type { CustomerContext } from "./customer/customer-update.ts";

/**
 * A context for rules over a single record, without a store: phones must be in E.164 and countries
 * in alpha-2 already, whatever a field names is taken to exist, the place in the hierarchy is not
 * checked, no unique value is taken, all properties fit, and there is no log, so that a stale
 * version cannot be rebased.
 *
 * Spread it and give what you know. For the hierarchy that is `levels`, `customer` and `childLevels`.
 */
export const standaloneContext = (now: Date, actor: string): CustomerContext => ({
  now: now.toISOString(),
  actor,
  phone: (written) => (/^\+[1-9]\d{1,14}$/.test(written) ? written : undefined),
  country: (written) => (/^[A-Z]{2}$/.test(written) ? written : undefined),
  resolve: (_reference, named) => named,
  taken: () => false,
  requiresVersions: () => false,
  changedSince: () => undefined,
  asOf: () => undefined,
  levels: () => undefined,
  customer: () => undefined,
  childLevels: () => [],
  propertiesFaults: () => [],
});
