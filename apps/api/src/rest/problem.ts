import { RosterError, type ErrorBody, type ErrorCode, type Fault, type JsonObject } from "@roster/domain";
import type { Logger } from "pino";
import { noteRefusal } from "../observe/current-request.ts";
import type { Answer } from "./answer.ts";
import { placeOf, type Place } from "./place.ts";

/** Maps Roster's error codes to HTTP statuses. No other place does. */
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
  MALFORMED: "The request cannot be parsed",
  INVALID: "The request is not valid",
  UNAUTHENTICATED: "A valid token is required",
  FORBIDDEN: "The token does not allow this",
  NOT_FOUND: "There is no such resource",
  DELETED: "The record is deleted",
  CONFLICT: "The change conflicts with another record",
  STALE_VERSION: "The record is at another version",
  VERSION_REQUIRED: "The update must state the expected version",
  IDEMPOTENCY_MISMATCH: "The idempotency key was used for another request",
  METHOD_NOT_ALLOWED: "The method is not allowed here",
  TOO_LARGE: "The request is too large",
  UNSUPPORTED_MEDIA_TYPE: "The media type is not supported",
  OVERLOADED: "Too many requests are waiting",
  UNAVAILABLE: "The service is not available",
  UNCERTAIN: "The change may or may not be stored",
  INTERNAL: "Internal error",
};

/**
 * A problem document (RFC 9457). `errors` lists all faults by place: a JSON Pointer (RFC 6901) into the body,
 * or the name of a parameter or header.
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

/** Converts faults to the members of `errors`, in the style of RFC 9457, section 3. */
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

/** Converts a thrown value to a refusal. Unexpected errors are logged and answered without details. */
export function toErrorBody(thrown: unknown, logger: Logger): ErrorBody {
  noteRefusal(thrown instanceof RosterError ? thrown.code : "INTERNAL");
  if (thrown instanceof RosterError) return thrown.toBody();
  logger.error({ err: thrown }, "an unexpected error");
  return { code: "INTERNAL", message: "an internal error; it has been logged" };
}

/** The headers of every answer with this status, on every surface. */
export const headersOf = (status: number): Record<string, string> =>
  status === statuses.UNAVAILABLE ? { "retry-after": "1" } : {};

/**
 * Makes the HTTP answer of a refusal.
 * @param more further members of the document
 */
export const problemAnswer = (
  body: ErrorBody,
  headers: Record<string, string> = {},
  more: JsonObject = {},
): Answer => ({
  status: statuses[body.code],
  headers: { "content-type": "application/problem+json", ...headersOf(statuses[body.code]), ...headers },
  body: JSON.stringify({ ...more, ...toProblem(body) }),
});
