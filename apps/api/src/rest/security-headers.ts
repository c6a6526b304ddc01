/**
 * The security headers of every answer that has no others under the same names. Answers are data, so browsers
 * must not execute, embed or reinterpret them; the page at `/docs` has its own policy. They do not affect
 * CORS, which governs access by pages of other origins.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
