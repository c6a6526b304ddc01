import type { Actor, Fault, JsonObject, Scope } from "@roster/domain";
import type { Roster } from "../../roster.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** The media types of requests: plain JSON, and JSON Merge Patch (RFC 7396). */
export const json = "application/json";
export const mergePatch = "application/merge-patch+json";
/** That of a stream of events. */
export const eventStream = "text/event-stream";

/** A parameter of a query: what there is to know of it. Its values are checked by who takes them. */
export interface Parameter {
  name: string;
  description: string;
  schema: JsonObject;
  /** A value for the document, which its readers send unless they take it out. */
  example?: string;
}

/** A request of an authenticated caller who may do what the operation does. */
export interface Call {
  roster: Roster;
  actor: Actor;
  /** Who calls, found out again: a token can end. @throws RosterError UNAUTHENTICATED */
  authenticate(): Promise<Actor>;
  request: Request;
  /** The `{id}` of the path, decoded. */
  id: string;
  /** The parameters of the query that the operation knows, as the values that their texts stand for. */
  query: Readonly<Record<string, unknown>>;
  /** What is wrong with the request, as far as it has been read. */
  faults: Fault[];
}

/** One method at one path. What it takes is written down once, for the reader and the document. */
export interface Operation {
  method: Method;
  /** OpenAPI style, such as `/api/customers/{id}`. */
  path: string;
  /** What the token must allow; or it is a matter of the records that are asked for. */
  scope: Scope | "of the records";
  parameters: readonly Parameter[];
  /** The media type of its body, where it has one. */
  accepts?: typeof json | typeof mergePatch;
  document: OperationDocument;
  /** @throws RosterError */
  handle(call: Call): Promise<Response>;
}

/** What only the OpenAPI document says of an operation. */
interface OperationDocument {
  id: string;
  summary: string;
  description: string;
  /** The headers that it looks at. */
  headers: readonly RequestHeader[];
  /** The schema of its body, where it has one, and a body that works. */
  body?: { schema: JsonObject; example: JsonObject };
  success: {
    status: 200 | 201;
    description: string;
    schema: JsonObject;
    headers: readonly ResponseHeader[];
    /** What the events are, where it can answer with a stream of them. */
    stream?: string;
  };
  /** Whether it may answer that nothing has changed. */
  notModified?: true;
  /** The codes of the refusals that it has beside those that every operation has. */
  refusals: readonly ("CONFLICT" | "STALE_VERSION" | "VERSION_REQUIRED" | "NOT_FOUND")[];
}

export type RequestHeader = "If-Match" | "If-None-Match" | "Idempotency-Key" | "Last-Event-ID";
export type ResponseHeader = "ETag" | "Location" | "Roster-Applied" | "Idempotent-Replayed";
