import { RosterError, type ErrorBody, type ErrorCode, type Fault, type JsonObject } from "@roster/domain";
import type { Logger } from "pino";
import { noteRefusal } from "../observe/current-request.ts";
import { placeOf, type Place } from "./place.ts";

/** The one place where Roster's error codes become HTTP statuses. */
export const statuses = {
  MALFORMED: 400,
  INVALID: 422,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  DELETED: 404,
  CONFLICT: 409,
  STALE_VERSION: 412,
  VERSION_REQUIRED: 428,
  IDEMPOTENCY_MISMATCH: 422,
  METHOD_NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  UNCERTAIN: 503,
  INTERNAL: 500,
} as const satisfies Record<ErrorCode, number>;

const titles: Record<ErrorCode, string> = {
  MALFORMED: "The request cannot be read",
  INVALID: "The request is not valid",
  UNAUTHENTICATED: "A valid token is needed",
  FORBIDDEN: "The token does not allow this",
  NOT_FOUND: "There is no such thing",
  DELETED: "The record is deleted",
  CONFLICT: "The change conflicts with another record",
  STALE_VERSION: "The record has another version",
  VERSION_REQUIRED: "The update must say which version it is of",
  IDEMPOTENCY_MISMATCH: "The idempotency key was used for another request",
  METHOD_NOT_ALLOWED: "The method is not allowed here",
  TOO_LARGE: "The request is too large",
  UNSUPPORTED_MEDIA_TYPE: "The content type is not supported",
  OVERLOADED: "Too many requests are waiting",
  UNAVAILABLE: "The service is not available",
  UNCERTAIN: "It is not known whether the change is stored",
  INTERNAL: "An internal error",
};

/**
 * A problem document (RFC 9457). `errors` names every fault by where it is: by JSON Pointer (RFC 6901)
 * into the body, or by the name of a parameter or a header.
 */
export interface Problem {
  type: "about:blank";
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  errors?: (Place & { code: string; detail: string })[];
  conflict?: ErrorBody["conflict"];
  items?: { index: number; problem: Problem }[];
}

/** Faults as the members of `errors`, in the manner of RFC 9457, section 3. */
export const toErrors = (faults: readonly Fault[]): NonNullable<Problem["errors"]> =>
  faults.map(({ pointer, code, message }) => ({ ...placeOf(pointer), code, detail: message }));

export function toProblem({ code, message, faults, conflict, items }: ErrorBody): Problem {
  return {
    type: "about:blank",
    title: titles[code],
    status: statuses[code],
    detail: message,
    code,
    ...(faults && { errors: toErrors(faults) }),
    ...(conflict && { conflict }),
    ...(items && { items: items.map(({ index, error }) => ({ index, problem: toProblem(error) })) }),
  };
}

/** The refusal that a thrown value stands for. What nobody expected is logged, and gives no detail. */
export function toErrorBody(thrown: unknown, logger: Logger): ErrorBody {
  noteRefusal(thrown instanceof RosterError ? thrown.code : "INTERNAL");
  if (thrown instanceof RosterError) return thrown.toBody();
  logger.error({ err: thrown }, "an unexpected error");
  return { code: "INTERNAL", message: "an internal error; it has been logged" };
}

/** What an answer with this status has in its headers, on every surface. */
export const headersOf = (status: number): Record<string, string> =>
  status === statuses.UNAVAILABLE ? { "retry-after": "1" } : {};

/**
 * The answer to a problem.
 * @param more members that the document has besides its own
 */
export const problemResponse = (
  body: ErrorBody,
  headers: Record<string, string> = {},
  more: JsonObject = {},
): Response =>
  new Response(JSON.stringify({ ...more, ...toProblem(body) }), {
    status: statuses[body.code],
    headers: { "content-type": "application/problem+json", ...headersOf(statuses[body.code]), ...headers },
  });
