import { createHash } from "node:crypto";
import { refusal, type Idempotency } from "@roster/domain";

/**
 * Reads an idempotency key.
 *
 * @param key as the caller sent it: 1 to 255 characters
 * @param at where it stands in the request
 * @param request all that makes the request what it is; another one may not use the key
 * @throws RosterError INVALID
 */
export function idempotencyOf(key: unknown, at: string, ...request: readonly unknown[]): Idempotency {
  if (typeof key !== "string" || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    const message = "must be a text of 1 to 255 printable ASCII characters";
    throw refusal([{ pointer: at, code: "invalid_format", message }]);
  }
  return { key, fingerprint: createHash("sha256").update(canonical(request)).digest("base64url") };
}

/** JSON in which the order of an object's keys does not matter. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
