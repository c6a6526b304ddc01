import type { ErrorBody, ErrorCode, Fault } from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { networkFailure } from "./errors.ts";
import { NetworkFailure } from "./network-failure.ts";
import type { AppRouter } from "./router.ts";

/** What a client needs of `fetch`. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<Response>;

/**
 * A `fetch` for tRPC's links, which take whatever comes for an answer: this one lets only answers of
 * Roster's through.
 *
 * @throws NetworkFailure when something else has answered
 */
export const rosterFetch =
  (fetch: Fetch) =>
  async (url: unknown, init: unknown): Promise<Pick<Response, "ok" | "body" | "json">> => {
    const response = await fetch(url as string, init as Parameters<Fetch>[1]);
    const { ok } = response;
    if (ok && isOf(response, "json")) return response;
    const error = await answeredError(url as string, response);
    return { ok, body: null, json: () => Promise.resolve({ error }) };
  };

/** Whether an answer is of a media type, by a part of its name. */
export const isOf = ({ headers }: Response, type: string): boolean =>
  headers.get("content-type")?.includes(type) ?? false;

/**
 * The error that an answer of Roster's is.
 * @throws NetworkFailure when it is none of Roster's
 */
export async function answeredError(url: string, response: Response): Promise<ErrorShape> {
  const { status } = response;
  const body: unknown = isOf(response, "json") ? await response.json() : await response.body?.cancel();
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

/** The error of a request that tRPC could not even split into calls. */
function trpcError(body: unknown): ErrorShape | undefined {
  const { error } = (body ?? {}) as { error?: Partial<ErrorShape> };
  return typeof error?.data?.error?.code === "string" ? (error as ErrorShape) : undefined;
}

/** The codes that Roster answers with where tRPC does not come into it. */
const early = {
  TOO_LARGE: "PAYLOAD_TOO_LARGE",
  INTERNAL: "INTERNAL_SERVER_ERROR",
  MALFORMED: "PARSE_ERROR",
  INVALID: "BAD_REQUEST",
  UNAUTHENTICATED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
} as const satisfies Partial<Record<ErrorCode, keyof typeof TRPC_ERROR_CODES_BY_KEY>>;

/** A problem document (RFC 9457) of Roster's as the tRPC error that says the same. */
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
        // What is no parameter is the one header that is looked at.
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

/** Marks, in the context of a call, that its request has been handed to `fetch`. */
export const handedOver = "roster.handedOver";

/**
 * Gives whatever goes wrong between here and Roster its name: an error without Roster's account of
 * it, of a request that had been handed over, is a `NetworkFailure`. Any other stays what it is: an
 * input that is no JSON, a token that could not be had.
 */
export const networkLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) => {
      // Each attempt has a mark of its own.
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

/** The codes with which Node's `fetch` says that it could not even connect. */
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
