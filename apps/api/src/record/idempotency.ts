import { hash } from "node:crypto";
import { jsonLimits, refusal, type Actor, type Fault, type Idempotency } from "@roster/domain";

/**
 * Reads an idempotency key.
 *
 * @param key as the caller sent it: 1 to 255 printable ASCII characters
 * @param at the JSON Pointer to the key in the request
 * @param request everything that identifies the request; another request may not use the key
 * @throws RosterError INVALID for a malformed key, or a request that is nested too deep
 */
export function idempotencyOf(key: unknown, at: string, ...request: readonly unknown[]): Idempotency {
  const fault = keyFault(key, at);
  if (fault) throw refusal([fault]);
  return { key: key as string, fingerprint: hash("sha256", canonical(request), "base64url") };
}

/** The fault of an idempotency key, if it has one. */
export const keyFault = (key: unknown, at: string): Fault | undefined =>
  typeof key === "string" && /^[\x20-\x7e]{1,255}$/.test(key)
    ? undefined
    : {
        pointer: at,
        code: "invalid_format",
        message: "must be a text of 1 to 255 printable ASCII characters",
      };

/**
 * The actor of a request that means something else for each caller, such as one about its own views: another
 * caller's request with the same key is another request, and does not get the answer of this one.
 */
export const ofCaller = (actor: Actor): Actor => {
  const { id, idempotency } = actor;
  if (!idempotency) return actor;
  const fingerprint = hash("sha256", `${idempotency.fingerprint} ${id}`, "base64url");
  return { ...actor, idempotency: { ...idempotency, fingerprint } };
};

/** The deepest valid request: a JSON field of the greatest depth, a few levels down. */
const maxDepth = jsonLimits.depth + 8;

/** JSON in which the order of an object's keys does not matter. @throws RosterError INVALID */
const canonical = (request: unknown): string => JSON.stringify(sorted(request, 0));

function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) {
    const message = `the request is nested deeper than ${maxDepth} levels`;
    throw refusal([{ pointer: "", code: "too_deep", message }]);
  }
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part, depth + 1)]),
  );
}
