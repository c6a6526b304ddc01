import type { ErrorBody, ErrorCode, Fault, ItemError, VersionConflict } from "@roster/domain";
import type { NetworkFailure } from "./network-failure.ts";

/**
 * Errors are recognised by shape rather than class: a page or process may hold two copies of this package or
 * of tRPC, and a caller may have wrapped the error as the `cause` of another.
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
 * Roster's error body of a failed call, as plain data: a code, a message and, where present, all faults of
 * the request or the changes since the expected version.
 *
 * @param error anything that was thrown, including an error with the call's error as its `cause`
 * @returns undefined if Roster did not refuse the call: the network failed, the call was aborted, or the
 * error is unrelated
 */
export function rosterError(error: unknown): ErrorBody | undefined {
  for (const { data } of withCauses(error) as Generator<{ data?: Partial<Data> | null }>) {
    const body = data?.error;
    const isBody = typeof body?.code === "string" && typeof body.message === "string";
    if (isBody && typeof data?.httpStatus === "number") return body;
  }
  return undefined;
}

/** The `data` of Roster's tRPC errors. */
interface Data {
  httpStatus: number;
  error: ErrorBody;
}

const isOneOf = (error: unknown, ...codes: ErrorCode[]): boolean => {
  const body = rosterError(error);
  return body !== undefined && codes.includes(body.code);
};

/**
 * The request conflicts with what is stored: a unique value is taken, the record's state does not allow the
 * change, or the record is at another version than expected (see `isStale`).
 */
export const isConflict = (error: unknown): boolean => isOneOf(error, "CONFLICT", "STALE_VERSION");

/**
 * The record is at another version than `expectedVersion`; nothing was changed. `versionConflict` returns the
 * current version and the changes since.
 */
export const isStale = (error: unknown): boolean =>
  isOneOf(error, "STALE_VERSION") && versionConflict(error) !== undefined;

/** The tenant requires updates to state their `expectedVersion`; nothing was changed. */
export const isVersionRequired = (error: unknown): boolean => isOneOf(error, "VERSION_REQUIRED");

/** The `idempotencyKey` was used before for a different request; nothing was changed this time. */
export const isKeyMismatch = (error: unknown): boolean => isOneOf(error, "IDEMPOTENCY_MISMATCH");

/** There is no such record for this token, or it is deleted and can be restored (`DELETED`). */
export const isNotFound = (error: unknown): boolean => isOneOf(error, "NOT_FOUND", "DELETED");

/** The request breaks rules; `faults` lists them by place. */
export const isInvalid = (error: unknown): boolean => isOneOf(error, "INVALID");

/** The token is missing, wrong, expired or revoked, or it does not allow the call (`FORBIDDEN`). */
export const isDenied = (error: unknown): boolean => isOneOf(error, "UNAUTHENTICATED", "FORBIDDEN");

/** Roster could not take the call and stored nothing of it; it may work later. */
export const isUnavailable = (error: unknown): boolean => isOneOf(error, "OVERLOADED", "UNAVAILABLE");

/**
 * Roster lost its database during the commit, so the mutation may or may not be applied. Repeat the call with
 * the same `idempotencyKey`, or read the record first.
 */
export const isUncertain = (error: unknown): boolean => isOneOf(error, "UNCERTAIN");

/**
 * No answer came from Roster: it was unreachable, something in between answered instead, or the answer broke
 * off. Unless `networkFailure(error)?.sent` is false, a mutation may or may not be applied. Repeat the call
 * with the same `idempotencyKey` or, if you gave none, read the record first.
 */
export const isNetworkFailure = (error: unknown): boolean => networkFailure(error) !== undefined;

/**
 * The network failure that made a call fail.
 * @returns undefined if the network did not fail
 */
export function networkFailure(error: unknown): NetworkFailure | undefined {
  for (const found of withCauses(error) as Generator<Partial<NetworkFailure>>) {
    if (found.name === "NetworkFailure" && typeof found.sent === "boolean") return found as NetworkFailure;
  }
  return undefined;
}

/** The caller aborted the call by its `signal`. */
export function isAborted(error: unknown): boolean {
  if (isNetworkFailure(error)) return false;
  for (const { name } of withCauses(error) as Generator<{ name?: unknown }>) {
    if (name === "AbortError") return true;
  }
  return false;
}

/**
 * All faults of a refused request by their place: JSON Pointers (RFC 6901) into the input of the call, such
 * as `/patch/email` for an update and `/email` for a create.
 *
 * @param error anything that a call threw
 * @returns an empty object if there are no faults
 */
export function faults(error: unknown): { [pointer: string]: Fault[] | undefined } {
  const result: { [pointer: string]: Fault[] | undefined } = {};
  for (const fault of rosterError(error)?.faults ?? []) (result[fault.pointer] ??= []).push(fault);
  return result;
}

/**
 * The record's current version and the changes since the expected one, if the call `isStale`.
 *
 * @param error anything that a call threw
 */
export const versionConflict = (error: unknown): VersionConflict | undefined => rosterError(error)?.conflict;

/**
 * The errors of single items in a refused atomic `updateMany`: each with the item's index and the error that
 * a call for this item alone would have got.
 *
 * @param error anything that a call threw
 * @returns an empty list if there are none
 */
export const itemErrors = (error: unknown): ItemError[] => rosterError(error)?.items ?? [];
