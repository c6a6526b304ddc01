import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "@opentelemetry/api";
import type { Actor, ErrorCode } from "@roster/domain";

/**
 * What logs and traces may say about the request that is being answered. Nothing that a caller sends
 * is in it, but an id for the request: what is sent may be about people.
 */
export interface RequestNotes {
  readonly id: string;
  /** The number of the tenant whose token was sent. */
  tenant?: number;
  /** The id of that token: `token:` and its id. */
  actor?: string;
  /** The procedures that it has called, where it came to tRPC. */
  procedures?: Set<string>;
  /** Why it, or the latest of its calls that was refused, was refused. */
  code?: ErrorCode;
  /** Where there are traces. */
  readonly span?: Span;
}

/** The labels of a request: a closed set, whatever its path says. */
export interface RequestKind {
  /** `trpc`, `rest`, the name of a documented format, or `other`. */
  surface: string;
  method: string;
  /** Such as `/api/customers/{id}`; `unmatched` where there is nothing. */
  route: string;
}

const requests = new AsyncLocalStorage<RequestNotes>();

export const currentRequest = (): RequestNotes | undefined => requests.getStore();

/** Does the work of a request. */
export const duringRequest = <R>(notes: RequestNotes, work: () => R): R => requests.run(notes, work);

/** Remembers who has sent the request that is being answered. */
export function noteActor({ id, tenant }: Actor): void {
  const notes = requests.getStore();
  if (!notes) return;
  notes.tenant = tenant.number;
  notes.actor = id;
}

/** Remembers that the request that is being answered is refused, or one call of it. */
export function noteRefusal(code: ErrorCode): void {
  const notes = requests.getStore();
  if (notes) notes.code = code;
}

/** What the lines of a log say of a request. */
export const logged = ({ id, tenant, actor, span }: RequestNotes): object => ({
  request: id,
  ...(tenant !== undefined && { tenant, actor }),
  ...(span && { trace: span.spanContext().traceId }),
});
