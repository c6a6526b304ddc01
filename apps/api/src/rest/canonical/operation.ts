import type { Actor, Fault, JsonObject, Scope } from "@roster/domain";
import type { Roster } from "../../roster.ts";
import type { Answer } from "../answer.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** The media types of requests: JSON and JSON Merge Patch (RFC 7396). */
export const json = "application/json";
export const mergePatch = "application/merge-patch+json";
/** The media type of event streams. */
export const eventStream = "text/event-stream";

/** The description of a query parameter. Its values are validated by the code that uses them. */
export interface Parameter {
  name: string;
  description: string;
  schema: JsonObject;
  /** An example for the OpenAPI document. The /docs page sends it unless the reader removes it. */
  example?: string;
}

/** A request by an authenticated caller with the scope that the operation needs. */
export interface Call {
  roster: Roster;
  actor: Actor;
  /**
   * Authenticates the caller again, because a token can expire.
   * @throws RosterError UNAUTHENTICATED
   */
  authenticate(): Promise<Actor>;
  request: Request;
  /** The decoded `{id}` of the path. */
  id: string;
  /** The known query parameters, converted to the types of their schemas. */
  query: Readonly<Record<string, unknown>>;
  /** The faults found so far. */
  faults: Fault[];
}

/** One method at one path. Its inputs are described once, for parsing and for the OpenAPI document. */
export interface Operation {
  method: Method;
  /** In OpenAPI style, such as `/api/customers/{id}`. */
  path: string;
  /** The scope that the token needs, or a check that depends on the requested records. */
  scope: Scope | "of the records";
  parameters?: readonly Parameter[];
  /** The media type of the body, if there is one. */
  accepts?: typeof json | typeof mergePatch;
  /** @throws RosterError */
  handle(call: Call): Promise<Answer>;

  // The rest is only for the OpenAPI document.

  /** The name of the operation. */
  id: string;
  summary: string;
  description: string;
  /** The request headers that matter, beyond `Idempotency-Key`, which every change has. */
  headers?: readonly RequestHeader[];
  /** The schema of the body, if there is one, and a working example. */
  body?: { schema: JsonObject; example: JsonObject };
  success: {
    /** 200 if missing. */
    status?: 201;
    description: string;
    schema: JsonObject;
    /** Those beyond `Idempotent-Replayed`, which every change has. */
    headers?: readonly ResponseHeader[];
    /** A description of the events, if it can answer with a stream. */
    stream?: string;
  };
  /** Whether it can answer 304. */
  notModified?: true;
  /** The codes of refusals beyond those that every operation has. */
  refusals?: readonly ("CONFLICT" | "STALE_VERSION" | "VERSION_REQUIRED" | "NOT_FOUND")[];
}

export type RequestHeader = "If-Match" | "If-None-Match" | "Idempotency-Key" | "Last-Event-ID";
export type ResponseHeader = "ETag" | "Location" | "Roster-Applied" | "Idempotent-Replayed";
