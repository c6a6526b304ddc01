import { RosterError, type ErrorBody, type ErrorCode, type Fault, type JsonObject } from "@roster/domain";
import type { Logger } from "pino";
import { noteRefusal } from "../observe/current-request.ts";
import type { Answer } from "./answer.ts";
import { placeOf, type Place } from "./place.ts";

/** Roster's error codes as HTTP statuses, which no other place decides, and in words. */
const kinds: Record<ErrorCode, readonly [status: number, title: string]> = {
  MALFORMED: [400, "The request cannot be parsed"],
  INVALID: [422, "The request is not valid"],
  UNAUTHENTICATED: [401, "A valid token is required"],
  FORBIDDEN: [403, "The token does not allow this"],
  NOT_FOUND: [404, "There is no such resource"],
  DELETED: [404, "The record is deleted"],
  CONFLICT: [409, "The change conflicts with another record"],
  STALE_VERSION: [412, "The record is at another version"],
  VERSION_REQUIRED: [428, "The update must state the expected version"],
  IDEMPOTENCY_MISMATCH: [422, "The idempotency key was used for another request"],
  METHOD_NOT_ALLOWED: [405, "The method is not allowed here"],
  TOO_LARGE: [413, "The request is too large"],
  UNSUPPORTED_MEDIA_TYPE: [415, "The media type is not supported"],
  OVERLOADED: [503, "Too many requests are waiting"],
  UNAVAILABLE: [503, "The service is not available"],
  UNCERTAIN: [503, "The change may or may not be stored"],
  INTERNAL: [500, "Internal error"],
};

export const statuses = Object.fromEntries(
  Object.entries(kinds).map(([code, [status]]) => [code, status]),
) as Record<ErrorCode, number>;

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
    title: kinds[code][1],
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
