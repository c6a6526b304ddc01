import type { ErrorBody, ErrorCode, Fault } from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { networkFailure } from "./errors.ts";
import { NetworkFailure } from "./network-failure.ts";
import type { AppRouter } from "./router.ts";

/** The part of `fetch` that a client needs. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<Response>;

/**
 * A `fetch` for tRPC's links that accepts only answers from Roster; the links themselves would accept any.
 *
 * @throws NetworkFailure if something else answered
 */
export const rosterFetch =
  (fetch: Fetch) =>
  async (url: unknown, init: unknown): Promise<Pick<Response, "ok" | "body" | "json">> => {
    const response = await fetch(url as string, init as Parameters<Fetch>[1]);
    const { ok } = response;
    if (ok && isOf(response, "json")) return response;
    const body = await bodyOf(response);
    // An array has the errors of a batch whose calls all failed with this status.
    const all = Array.isArray(body) && body.length > 0 && body.every(trpcError);
    const answer: unknown = all ? body : { error: errorIn(body, url as string, response) };
    return { ok, body: null, json: () => Promise.resolve(answer) };
  };

/** Whether an answer has a media type, given by a part of its name in small letters. Its case does not matter. */
export const isOf = ({ headers }: Response, type: string): boolean =>
  headers.get("content-type")?.toLowerCase().includes(type) ?? false;

/**
 * The error in an answer from Roster.
 * @throws NetworkFailure if the answer is not from Roster
 */
export const answeredError = async (url: string, response: Response): Promise<ErrorShape> =>
  errorIn(await bodyOf(response), url, response);

const bodyOf = (response: Response): Promise<unknown> =>
  isOf(response, "json") ? response.json() : Promise.resolve(response.body?.cancel());

function errorIn(body: unknown, url: string, { status }: Response): ErrorShape {
  const error = trpcError(body) ?? problem(body, status);
  if (error) return error;
  throw new NetworkFailure(`${origin(url)} answered ${status}, and not as Roster does; is the url right?`, {
    status,
  });
}

const origin = (url: string): string => new URL(url).origin;

interface ErrorShape {
  message: string;
  code: number;
  data: { code: string; httpStatus: number; error: ErrorBody };
}

/** The error of a request that tRPC could not split into calls. */
function trpcError(body: unknown): ErrorShape | undefined {
  const { error } = (body ?? {}) as { error?: Partial<ErrorShape> };
  return typeof error?.data?.error?.code === "string" ? (error as ErrorShape) : undefined;
}

/** The tRPC codes for errors that Roster reports before tRPC is involved. */
const early = {
  TOO_LARGE: "PAYLOAD_TOO_LARGE",
  INTERNAL: "INTERNAL_SERVER_ERROR",
  MALFORMED: "PARSE_ERROR",
  INVALID: "BAD_REQUEST",
  UNAUTHENTICATED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
} as const satisfies Partial<Record<ErrorCode, keyof typeof TRPC_ERROR_CODES_BY_KEY>>;

/** Converts a problem document (RFC 9457) from Roster to the equivalent tRPC error. */
function problem(body: unknown, status: number): ErrorShape | undefined {
  const { code, detail, errors } = (body ?? {}) as {
    code?: keyof typeof early;
    detail?: string;
    errors?: { parameter?: string; code: Fault["code"]; detail: string }[];
  };
  if (code === undefined || !Object.hasOwn(early, code) || typeof detail !== "string") return undefined;
  const key = early[code];
  return {
    message: detail,
    code: TRPC_ERROR_CODES_BY_KEY[key],
    data: {
      code: key,
      httpStatus: status,
      error: {
        code,
        message: detail,
        // The only fault outside the parameters is in the Last-Event-ID header.
        ...(errors && {
          faults: errors.map((error) => ({
            pointer: `/${error.parameter ?? "lastEventId"}`,
            code: error.code,
            message: error.detail,
          })),
        }),
      },
    },
  };
}

/** A mark in a call's context: its request has been handed to `fetch`. */
export const handedOver = "roster.handedOver";

/**
 * Turns failures between here and Roster into a `NetworkFailure`: any error without Roster's error body after
 * the request was handed to `fetch`. Other errors, such as invalid input or a missing token, pass unchanged.
 */
export const networkLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) => {
      // Each attempt gets its own mark.
      const context = { ...op.context, [handedOver]: false };
      return next({ ...op, context }).subscribe({
        next: (envelope) => observer.next(envelope),
        complete: () => observer.complete(),
        error(error) {
          const known = error.data?.error !== undefined || !context[handedOver] || op.signal?.aborted;
          observer.error(known ? error : TRPCClientError.from(toNetworkFailure(error)));
        },
      });
    });

/** Error codes of Node's `fetch` for a connection that could not be made. */
const unconnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

function toNetworkFailure(error: TRPCClientError<AppRouter>): NetworkFailure {
  const known = networkFailure(error);
  if (known) return known;
  const thrown: unknown = error.cause ?? error;
  const code = (thrown as { cause?: { code?: unknown } }).cause?.code;
  const detail = typeof code === "string" ? `${error.message} (${code})` : error.message;
  return new NetworkFailure(`no answer from Roster: ${detail}`, {
    sent: typeof code !== "string" || !unconnected.has(code),
    cause: thrown,
  });
}
