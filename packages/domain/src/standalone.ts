import type { CustomerContext } from "./customer/customer-update.ts";

/**
 * A context for deciding about a single record without a store. Phones must be in E.164 and countries in
 * alpha-2; every reference is taken to exist; a set that is kept apart is taken to be empty; no unique value is taken; all properties fit. The hierarchy is
 * not checked, and without a log a stale version cannot be rebased.
 *
 * Spread it and override what you know. The hierarchy needs `levels`, `customer` and `childLevels`.
 */
export const standaloneContext = (now: Date, actor: string): CustomerContext => ({
  now: now.toISOString(),
  actor,
  phone: (written) => (/^\+[1-9]\d{1,14}$/.test(written) ? written : undefined),
  country: (written) => (/^[A-Z]{2}$/.test(written) ? written : undefined),
  resolve: (_reference, named) => named,
  existing: (_reference, named) => new Set(named),
  entries: () => [],
  taken: () => false,
  requiresVersions: () => false,
  changedSince: () => undefined,
  asOf: () => undefined,
  levels: () => undefined,
  customer: () => undefined,
  childLevels: () => [],
  propertiesFaults: () => [],
});
