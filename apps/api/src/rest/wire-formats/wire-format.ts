import type { Actor, ErrorBody, Fault, Fields, JsonObject, UniqueName } from "@roster/domain";
import type { Roster } from "../../roster.ts";
import type { MediaType } from "../request.ts";

/**
 * One field of a documented request: its target in the update grammar, and the page's rules beyond the
 * field's own policy.
 */
export interface WireField {
  /** The block and field of the update, such as `["patch", "firstName"]`. */
  to: readonly [block: "patch" | "replace" | "add", field: string];
  /** The record that the field belongs to, if the request updates more than one. */
  of?: "customer";
  description: string;
  /** Whether the page allows null. If it does not say, the field's policy decides. */
  nullable?: boolean;
  /** The page's own limit on the text as sent, in characters. */
  max?: number;
  /** The page's spelling of the value, if it differs from Roster's. */
  spelling?: Spelling;
  /** The unique field by which a reference names its record; the id if missing. */
  by?: UniqueName;
  /** The field that keeps the text as sent, if Roster normalises the value. */
  asWritten?: string;
}

/** A documented spelling of a value. */
export interface Spelling {
  /** Converts the value to Roster's spelling; returns undefined and reports a fault if it is invalid. */
  read(value: unknown, at: string, faults: Fault[]): unknown;
  /** The JSON Schema of the spelling, except null. */
  schema: JsonObject;
}

/** Values of a request by documented name, each with its pointer into the request. */
export type Located = ReadonlyMap<string, { value: unknown; at: string }>;

/** The values of a request and the faults found so far. */
export interface Given {
  members: Located;
  faults: readonly Fault[];
}

/** An authenticated request with a parsed body. */
interface WireRequest {
  roster: Roster;
  actor: Actor;
  /** The `{id}` of the path; empty if there is none. */
  param: string;
  given: Given;
}

/**
 * One documented third-party API call, translated at the edge: a request becomes an update in Roster's
 * grammar, and a record becomes the documented reply.
 */
export interface WireFormat {
  /** The `source` of changes in the history. */
  name: string;
  title: string;
  method: "PUT" | "POST";
  /** In OpenAPI style, such as `/customers/{id}`; served with and without a trailing slash. */
  path: string;
  /** Describes the `{id}` of the path. */
  id?: { type: "string" | "integer"; description: string; example: string | number };
  auth: {
    header: string;
    scheme: "Token" | "Bearer";
    /** The status for a missing or invalid token. */
    missing: 401 | 403;
  };
  accepts: readonly ContentType[];
  /** A header that must hold the number of the token's tenant if it is sent. */
  tenantHeader?: string;
  /** All documented request fields by name. */
  request: Readonly<Record<string, WireField | IdentityField>>;
  /** The field policies of the records that the fields belong to. */
  fields: { own: Fields; customer?: Fields };
  /** The JSON Schemas of the documented reply and of the object in it that shows the record. */
  reply: { schema: JsonObject; record: JsonObject };
  /** An example request and reply for the OpenAPI document. */
  example: { request: JsonObject; reply: JsonObject };
  /**
   * Applies the update and returns the documented reply.
   * @throws RosterError
   */
  handle(request: WireRequest): Promise<object>;
  /** The error body that the page documents; otherwise a problem document is sent. */
  error?: {
    schema: JsonObject;
    body(body: ErrorBody, status: number): object;
  };
  /** Members that the page documents in every reply; problem documents include them too. */
  problem?: JsonObject;
}

/** A field that only names the record. */
export interface IdentityField {
  to: "identity";
  required?: boolean;
  description: string;
  /** The JSON Schema, if it is not a text. */
  schema?: JsonObject;
}

export type ContentType = Exclude<MediaType, "text/xml" | "application/merge-patch+json">;
