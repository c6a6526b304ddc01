import type { ErrorBody, ErrorCode, Fault, ItemError, VersionConflict } from "@roster/domain";
import { TRPCClientError } from "@trpc/client";
import { NetworkFailure } from "./network.ts";
import type { AppRouter } from "./router.ts";

/** A call that Roster refused, as it is thrown: tRPC's own error, with Roster's in `data.error`. */
export type Refused<Code extends ErrorCode = ErrorCode, More = unknown> = TRPCClientError<AppRouter> & {
  data: { error: ErrorBody & { code: Code } & More };
};

/**
 * Roster's own account of a failed call, as plain data: its code, a message and, where there are
 * any, all faults of the request or what changed since the expected version.
 *
 * @param error whatever a call has thrown
 * @returns undefined when it isn't Roster that refused: the network failed, the call was aborted,
 *   or the error has nothing to do with a call
 */
export function rosterError(error: unknown): ErrorBody | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const body = (error as TRPCClientError<AppRouter>).data?.error;
  return typeof body?.code === "string" ? body : undefined;
}

const isOneOf = <Code extends ErrorCode>(error: unknown, ...codes: Code[]): error is Refused<Code> =>
  (codes as string[]).includes(rosterError(error)?.code ?? "");

/**
 * The request and what is stored don't go together: a unique value is taken, the record's state
 * does not allow the change, or it has another version than expected (see `isStale`).
 */
export const isConflict = (error: unknown): error is Refused<"CONFLICT" | "STALE_VERSION"> =>
  isOneOf(error, "CONFLICT", "STALE_VERSION");

/**
 * The record has another version than `expectedVersion`; nothing was changed.
 * `error.data.error.conflict` has the current version and the fields that changed since.
 */
export const isStale = (error: unknown): error is Refused<"STALE_VERSION", { conflict: VersionConflict }> =>
  isOneOf(error, "STALE_VERSION") && error.data.error.conflict !== undefined;

/** The tenant wants updates to say of which version they are, as `expectedVersion`; nothing was changed. */
export const isVersionRequired = (error: unknown): error is Refused<"VERSION_REQUIRED"> =>
  isOneOf(error, "VERSION_REQUIRED");

/** The `idempotencyKey` was used before, for another request; nothing was changed this time. */
export const isKeyMismatch = (error: unknown): error is Refused<"IDEMPOTENCY_MISMATCH"> =>
  isOneOf(error, "IDEMPOTENCY_MISMATCH");

/** There is no such record for this token, or (`DELETED`) it is deleted and can be restored. */
export const isNotFound = (error: unknown): error is Refused<"NOT_FOUND" | "DELETED"> =>
  isOneOf(error, "NOT_FOUND", "DELETED");

/** The request breaks rules; `faults` says which and where. */
export const isInvalid = (error: unknown): error is Refused<"INVALID"> => isOneOf(error, "INVALID");

/** The token is missing, wrong, expired or revoked, or (`FORBIDDEN`) does not allow this. */
export const isDenied = (error: unknown): error is Refused<"UNAUTHENTICATED" | "FORBIDDEN"> =>
  isOneOf(error, "UNAUTHENTICATED", "FORBIDDEN");

/** Roster could not take the call just now, and nothing of it was stored: the same may work later. */
export const isUnavailable = (error: unknown): error is Refused<"OVERLOADED" | "UNAVAILABLE"> =>
  isOneOf(error, "OVERLOADED", "UNAVAILABLE");

/**
 * Roster lost its database in the midst of the commit, so nobody knows whether the mutation was
 * applied: make the same call again with the same `idempotencyKey`, or read the record first.
 */
export const isUncertain = (error: unknown): error is Refused<"UNCERTAIN"> => isOneOf(error, "UNCERTAIN");

/**
 * No answer of Roster's came: it could not be reached, something in between answered in its place,
 * or the answer broke off. Unless `error.cause.sent` is false, nobody knows whether a mutation was
 * applied: make the same call again with the same `idempotencyKey`, or, where that was not yours,
 * read the record first.
 */
export const isNetworkFailure = (
  error: unknown,
): error is TRPCClientError<AppRouter> & { cause: NetworkFailure } =>
  error instanceof TRPCClientError && error.cause instanceof NetworkFailure;

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
 * What was wrong with which items, when an atomic `updateMany` is refused: each with its index, and an
 * account of its own such as a call for it alone would have been given.
 *
 * @param error whatever a call has thrown
 * @returns empty when there are none
 */
export const itemErrors = (error: unknown): ItemError[] => rosterError(error)?.items ?? [];
