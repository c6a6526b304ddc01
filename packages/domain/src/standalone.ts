import type { CustomerContext } from "./customer/customer-update.ts";

/**
 * A context for rules over a single record, without a store: phones must be in E.164 and countries
 * in alpha-2 already, whatever a field names is taken to exist, no unique value is taken, and all
 * properties fit.
 *
 * Spread it and give `levels`, `customer` and `childLevels` to check changes of a parent or a level.
 */
export const standaloneContext = (now: Date, actor: string): CustomerContext => ({
  now: now.toISOString(),
  actor,
  phone: (written) => (/^\+[1-9]\d{1,14}$/.test(written) ? written : undefined),
  country: (written) => (/^[A-Z]{2}$/.test(written) ? written : undefined),
  resolve: (_reference, named) => named,
  taken: () => false,
  levels: () => [],
  customer: () => undefined,
  childLevels: () => [],
  propertiesFaults: () => [],
});
