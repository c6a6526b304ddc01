import { randomUUID } from "node:crypto";

/**
 * Matches ids that proxies generate, such as UUIDs, ULIDs and hexadecimal strings, but not names or email
 * addresses, because the id is logged.
 */
const sane = /^(?=.*\d)[\w-]{16,64}$/;

/** The request's `X-Request-Id` if it looks like a generated id, otherwise a new one. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && sane.test(given) ? given : randomUUID();
}
