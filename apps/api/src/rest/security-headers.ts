import type { MiddlewareHandler } from "hono";

/**
 * What every answer tells browsers. Answers are data and no pages, so nothing may be run from them,
 * embed them or guess another type for them; the page at `/docs` has a policy of its own. Reading them
 * from pages of other origins is decided by CORS, on which these have no influence.
 */
const headers = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
export const securityHeaderEntries = Object.entries(headers);

/** Puts the security headers on every answer, whoever makes it. A header that is there already stays. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers: answered } = c.res;
  for (const [name, value] of securityHeaderEntries) if (!answered.has(name)) answered.set(name, value);
};
