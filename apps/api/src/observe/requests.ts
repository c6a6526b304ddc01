import { randomUUID } from "node:crypto";
import type { ErrorCode } from "@roster/domain";
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

/** The observers to which each request is reported. */
export interface Observers {
  logger: Logger;
  metrics?: Metrics | undefined;
  tracing?: Tracing | undefined;
}

/** Called at the end of a procedure call. */
export type Called = (procedure: string, milliseconds: number, refusal: ErrorCode | undefined) => void;

/**
 * Gives each request an id, which is answered as `X-Request-Id`, and reports the answer to the log, the
 * metrics and the traces.
 *
 * @returns a function that runs the work of a request, which gets the id and returns the answer
 */
export const observeRequests =
  ({ logger, metrics, tracing }: Observers) =>
  async <Answer extends { status: number }>(
    headers: Headers,
    kind: RequestKind,
    work: (id: string) => Promise<Answer>,
  ): Promise<Answer> => {
    const begun = performance.now();
    const span = tracing?.request(headers);
    const notes: RequestNotes = { id: requestIdOf(headers), ...(span && { span }) };
    const answer = await duringRequest(notes, () => work(notes.id));

    const { status } = answer;
    const milliseconds = performance.now() - begun;
    metrics?.requested(kind, status, milliseconds);
    if (span) tracing?.requested(span, kind, status, notes);
    const level = isFailure(status, notes) ? "warn" : "debug";
    if (logger.isLevelEnabled(level)) {
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
    }
    return answer;
  };

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
