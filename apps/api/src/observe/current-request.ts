import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "@opentelemetry/api";
import type { Actor, ErrorCode } from "@roster/domain";

/**
 * The data that logs and traces may contain about the current request: nothing that a caller sends except
 * a request id, because input may be personal data.
 */
export interface RequestNotes {
  readonly id: string;
  /** The tenant number of the token. */
  tenant?: number;
  /** The actor of the token: `token:` and its id. */
  actor?: string;
  /** The tRPC procedures that the request called. */
  procedures?: Set<string>;
  /** The code of the latest refusal of the request or one of its calls. */
  code?: ErrorCode;
  /** Present if tracing is on. */
  readonly span?: Span;
}

/** The labels of a request: a closed set, whatever its path says. */
export interface RequestKind {
  /** `trpc`, `rest`, a wire format's name, or `other`. */
  surface: string;
  method: string;
  /** A route such as `/api/customers/{id}`, or `unmatched`. */
  route: string;
}

const requests = new AsyncLocalStorage<RequestNotes>();

/** Runs work that serves many requests, or outlives the one that begins it: outside the context of any. */
export const inNoRequest = AsyncLocalStorage.snapshot();

export const currentRequest = (): RequestNotes | undefined => requests.getStore();

/** Runs the work of a request in its context. */
export const duringRequest = <R>(notes: RequestNotes, work: () => R): R => requests.run(notes, work);

/** Notes the caller of the current request. */
export function noteActor({ id, tenant }: Actor): void {
  const notes = requests.getStore();
  if (!notes) return;
  notes.tenant = tenant.number;
  notes.actor = id;
}

/** Notes that the current request, or one of its calls, is refused. */
export function noteRefusal(code: ErrorCode): void {
  const notes = requests.getStore();
  if (notes) notes.code = code;
}

/** The fields of a log line that identify a request. */
export const logged = ({ id, tenant, actor, span }: RequestNotes): object => ({
  request: id,
  ...(tenant !== undefined && { tenant, actor }),
  ...(span && { trace: span.spanContext().traceId }),
});
