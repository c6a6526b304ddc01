import type { ErrorCode } from "@roster/domain";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Logger } from "pino";
import { currentRequest, duringRequest, logged, type RequestNotes } from "./current-request.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { RequestKind } from "./request-kind.ts";
import { requestIdOf } from "./request-id.ts";
import type { Tracing } from "./tracing.ts";

/** The receivers of events about requests. */
export interface Observers {
  logger: Logger;
  metrics?: Metrics | undefined;
  tracing?: Tracing | undefined;
}

/** Called at the end of a procedure call. */
export type Called = (procedure: string, milliseconds: number, refusal: ErrorCode | undefined) => void;

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Wraps each request: assigns its id, returned as `X-Request-Id`, and reports the outcome to log, metrics and
 * traces.
 *
 * @param surfaces the surface of each route
 */
export function observeRequests(
  { logger, metrics, tracing }: Observers,
  surfaces: ReadonlyMap<string, string>,
): MiddlewareHandler {
  const kinds = new Map<string, RequestKind>();
  const kindOf = (c: Context): RequestKind => {
    const pattern = matchedRoutes(c).at(-1)?.path ?? everything;
    // Callers can send any method, so unknown ones share a label.
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
 * Whether a request failed because of a defect. Refusals due to overload or an unavailable database are not
 * logged one by one; outages have their own log lines.
 */
const isFailure = (status: number, { code }: RequestNotes): boolean =>
  code === undefined ? status >= 500 : code === "INTERNAL";

/** Reports each procedure call. */
export const observeCalls =
  (metrics: Metrics | undefined): Called =>
  (procedure, milliseconds, refusal) => {
    const notes = currentRequest();
    if (notes) (notes.procedures ??= new Set()).add(procedure);
    metrics?.called(procedure, refusal, milliseconds);
  };
