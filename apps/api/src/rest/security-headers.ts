import type { MiddlewareHandler } from "hono";

/**
 * The security headers of every answer. Answers are data, so browsers must not execute, embed or reinterpret
 * them; the page at `/docs` has its own policy. They do not affect CORS, which governs access by pages of
 * other origins.
 */
const headers = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
export const securityHeaderEntries = Object.entries(headers);

/** Adds the security headers to every answer. Existing headers are kept. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers: answered } = c.res;
  for (const [name, value] of securityHeaderEntries) if (!answered.has(name)) answered.set(name, value);
};
