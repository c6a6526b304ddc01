import type { ErrorBody, ErrorCode, Fault, ItemError, VersionConflict } from "@roster/domain";
import type { NetworkFailure } from "./network-failure.ts";

/**
 * What an error means is told by its shape, and not by its class: a page or a process may hold this package
 * or tRPC twice, and whoever rethrows an error may have made it the `cause` of another one.
 */
function* withCauses(error: unknown): Generator<object> {
  const seen = new Set<unknown>();
  for (let at = error; typeof at === "object" && at !== null && !seen.has(at);) {
    seen.add(at);
    yield at;
    at = (at as { cause?: unknown }).cause;
  }
}

/**
 * Roster's own account of a failed call, as plain data: its code, a message and, where there are
 * any, all faults of the request or what changed since the expected version.
 *
 * @param error whatever was thrown: by a call, or by whoever gives the call's error as its `cause`
 * @returns undefined when it isn't Roster that refused: the network failed, the call was aborted,
 *   or the error has nothing to do with a call
 */
export function rosterError(error: unknown): ErrorBody | undefined {
  for (const { data } of withCauses(error) as Generator<{ data?: Partial<Data> | null }>) {
    const body = data?.error;
    const isBody = typeof body?.code === "string" && typeof body.message === "string";
    if (isBody && typeof data?.httpStatus === "number") return body;
  }
  return undefined;
}

/** What Roster's tRPC errors carry. */
interface Data {
  httpStatus: number;
  error: ErrorBody;
}

const isOneOf = (error: unknown, ...codes: ErrorCode[]): boolean => {
  const body = rosterError(error);
  return body !== undefined && codes.includes(body.code);
};

/**
 * The request and what is stored don't go together: a unique value is taken, the record's state
 * does not allow the change, or it has another version than expected (see `isStale`).
 */
export const isConflict = (error: unknown): boolean => isOneOf(error, "CONFLICT", "STALE_VERSION");

/**
 * The record has another version than `expectedVersion`; nothing was changed. `versionConflict` says
 * which, and what has changed since.
 */
export const isStale = (error: unknown): boolean =>
  isOneOf(error, "STALE_VERSION") && versionConflict(error) !== undefined;

/** The tenant wants updates to say of which version they are, as `expectedVersion`; nothing was changed. */
export const isVersionRequired = (error: unknown): boolean => isOneOf(error, "VERSION_REQUIRED");

/** The `idempotencyKey` was used before, for another request; nothing was changed this time. */
export const isKeyMismatch = (error: unknown): boolean => isOneOf(error, "IDEMPOTENCY_MISMATCH");

/** There is no such record for this token, or (`DELETED`) it is deleted and can be restored. */
export const isNotFound = (error: unknown): boolean => isOneOf(error, "NOT_FOUND", "DELETED");

/** The request breaks rules; `faults` says which and where. */
export const isInvalid = (error: unknown): boolean => isOneOf(error, "INVALID");

/** The token is missing, wrong, expired or revoked, or (`FORBIDDEN`) does not allow this. */
export const isDenied = (error: unknown): boolean => isOneOf(error, "UNAUTHENTICATED", "FORBIDDEN");

/** Roster could not take the call just now, and nothing of it was stored: the same may work later. */
export const isUnavailable = (error: unknown): boolean => isOneOf(error, "OVERLOADED", "UNAVAILABLE");

/**
 * Roster lost its database in the midst of the commit, so nobody knows whether the mutation was
 * applied: make the same call again with the same `idempotencyKey`, or read the record first.
 */
export const isUncertain = (error: unknown): boolean => isOneOf(error, "UNCERTAIN");

/**
 * No answer of Roster's came: it could not be reached, something in between answered in its place,
 * or the answer broke off. Unless `networkFailure(error)?.sent` is false, nobody knows whether a mutation
 * was applied: make the same call again with the same `idempotencyKey`, or, where that was not yours,
 * read the record first.
 */
export const isNetworkFailure = (error: unknown): boolean => networkFailure(error) !== undefined;

/** @returns the failure of the network because of which a call failed, or undefined where it was none */
export function networkFailure(error: unknown): NetworkFailure | undefined {
  for (const found of withCauses(error) as Generator<Partial<NetworkFailure>>) {
    if (found.name === "NetworkFailure" && typeof found.sent === "boolean") return found as NetworkFailure;
  }
  return undefined;
}

/** The caller has ended it, by the `signal` that it had given. */
export function isAborted(error: unknown): boolean {
  if (isNetworkFailure(error)) return false;
  for (const { name } of withCauses(error) as Generator<{ name?: unknown }>) {
    if (name === "AbortError") return true;
  }
  return false;
}

/**
 * All faults of a refused request, by where they are: JSON Pointers (RFC 6901) into the input of the
 * call, such as `/patch/email` for an update and `/email` for a create.
 *
 * @param error whatever a call has thrown
 * @returns empty when there are none
 */
export function faults(error: unknown): { [pointer: string]: Fault[] | undefined } {
  const result: { [pointer: string]: Fault[] | undefined } = {};
  for (const fault of rosterError(error)?.faults ?? []) (result[fault.pointer] ??= []).push(fault);
  return result;
}

/**
 * The version that the record has and what has changed since the expected one, when a call `isStale`.
 *
 * @param error whatever a call has thrown
 */
export const versionConflict = (error: unknown): VersionConflict | undefined => rosterError(error)?.conflict;

/**
 * What was wrong with which items, when an atomic `updateMany` is refused: each with its index, and an
 * account of its own such as a call for it alone would have been given.
 *
 * @param error whatever a call has thrown
 * @returns empty when there are none
 */
export const itemErrors = (error: unknown): ItemError[] => rosterError(error)?.items ?? [];
