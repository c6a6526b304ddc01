import { randomUUID } from "node:crypto";

/**
 * The ids that proxies make: UUIDs, ULIDs, runs of hexadecimal digits and the like. Not names or
 * e-mail addresses, since an id comes into the log.
 */
const sane = /^(?=.*\d)[\w-]{16,64}$/;

/** The id of a request: the one that it brings as `X-Request-Id`, where that looks like one, or a new one. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && sane.test(given) ? given : randomUUID();
}
