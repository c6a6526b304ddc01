import { randomUUID } from "node:crypto";
import type { ErrorCode } from "@roster/domain";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Logger } from "pino";
import {
  currentRequest,
  duringRequest,
  logged,
  type RequestKind,
  type RequestNotes,
} from "./current-request.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Tracing } from "./tracing.ts";

/** What each request is reported to. */
export interface Observers {
  logger: Logger;
  metrics?: Metrics | undefined;
  tracing?: Tracing | undefined;
}

/** Called at the end of a procedure call. */
export type Called = (procedure: string, milliseconds: number, refusal: ErrorCode | undefined) => void;

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Gives each request an id, which is answered as `X-Request-Id`, and reports the answer to the log, the
 * metrics and the traces.
 *
 * @param surfaces the name of each surface, by its routes
 */
export function observeRequests(
  { logger, metrics, tracing }: Observers,
  surfaces: ReadonlyMap<string, string>,
): MiddlewareHandler {
  const kinds = new Map<string, RequestKind>();
  const kindOf = (c: Context): RequestKind => {
    const pattern = matchedRoutes(c).at(-1)?.path ?? everything;
    // Callers make up methods; metrics need a closed set.
    const method = methods.has(c.req.method) ? c.req.method : "_OTHER";
    const key = method + pattern;
    let kind = kinds.get(key);
    if (!kind) {
      const route = pattern === everything ? "unmatched" : pattern.replaceAll(/:(\w+)/g, "{$1}");
      kinds.set(key, (kind = { surface: surfaces.get(route) ?? "other", method, route }));
    }
    return kind;
  };

  return async (c, next) => {
    const begun = performance.now();
    const { headers } = c.req.raw;
    const span = tracing?.request(headers);
    const notes: RequestNotes = { id: requestIdOf(headers), ...(span && { span }) };
    await duringRequest(notes, next);

    c.res.headers.set("x-request-id", notes.id);
    const { status } = c.res;
    const kind = kindOf(c);
    const milliseconds = performance.now() - begun;
    metrics?.requested(kind, status, milliseconds);
    if (span) tracing?.requested(span, kind, status, notes);
    const level = isFailure(status, notes) ? "warn" : "debug";
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        ...logged(notes),
        method: kind.method,
        route: kind.route,
        ...(notes.procedures && { procedures: [...notes.procedures] }),
        status,
        ...(notes.code && { code: notes.code }),
        ms: Math.round(milliseconds * 100) / 100,
      },
      "request",
    );
  };
}

/** The pattern of this middleware, the only match for an unknown path. */
const everything = "/*";

/**
 * Whether a request failed for a defect. Requests that are refused because the server is overloaded or
 * its database is away are not logged one by one: an outage has lines of its own.
 */
const isFailure = (status: number, { code }: RequestNotes): boolean =>
  code === undefined ? status >= 500 : code === "INTERNAL";

/**
 * The ids that proxies make: UUIDs, ULIDs, runs of hexadecimal digits and the like. Names and e-mail
 * addresses do not fit, since the id is logged.
 */
const sane = /^(?=.*\d)[\w-]{16,64}$/;

/** The `X-Request-Id` of a request where it looks like an id, else a new one. */
function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && sane.test(given) ? given : randomUUID();
}

/** Reports each call of a procedure. */
export const observeCalls =
  (metrics: Metrics | undefined): Called =>
  (procedure, milliseconds, refusal) => {
    const notes = currentRequest();
    if (notes) (notes.procedures ??= new Set()).add(procedure);
    metrics?.called(procedure, refusal, milliseconds);
  };
