import type { Actor, ErrorBody, Fault, Fields, JsonObject, UniqueName } from "@roster/domain";
import type { Roster } from "../../roster.ts";
import type { MediaType } from "../request.ts";

/**
 * One field of a documented request: which part of the update grammar it stands for, and what the
 * page asks beyond the field's own policy.
 */
export interface WireField {
  /** The block and the field of the update, such as `["patch", "firstName"]`. */
  to: readonly [block: "patch" | "replace" | "add", field: string];
  /** The record that the field belongs to, where the request updates more than one. */
  of?: "customer";
  description: string;
  /** Whether the page says that null is allowed. Where it is silent, the field's policy decides. */
  nullable?: boolean;
  /** The page's own limit on the text as sent, in characters. */
  max?: number;
  /** How the page spells a value, where that is not how Roster does. */
  spelling?: Spelling;
  /** The unique field by which a reference names its record, where it is not the id. */
  by?: UniqueName;
  /** The field that keeps the text as it was sent, where Roster keeps the value in a form of its own. */
  asWritten?: string;
}

/** How a documented field writes a value. */
export interface Spelling {
  /** Reads it into Roster's own; undefined when something is wrong, which it reports. */
  read(value: unknown, at: string, faults: Fault[]): unknown;
  /** Its JSON Schema, `null` aside. */
  schema: JsonObject;
}

/** Values of a request by their documented names, and where each stands in it. */
export type Located = ReadonlyMap<string, { value: unknown; at: string }>;

/** What a request says, and what is wrong with it as far as it has been read. */
export interface Given {
  members: Located;
  faults: readonly Fault[];
}

/** A request of a documented API, once it is authenticated and its body is read. */
interface WireRequest {
  roster: Roster;
  actor: Actor;
  /** The `{id}` of the path, or an empty text. */
  param: string;
  given: Given;
}

/**
 * One documented third-party API call: a translation at the edge. A request becomes an update in
 * the one grammar, and a record becomes the documented reply.
 */
export interface WireFormat {
  /** The `source` of its changes in the history. */
  name: string;
  title: string;
  method: "PUT" | "POST";
  /** OpenAPI style, such as `/customers/{id}`; served with and without a slash at its end. */
  path: string;
  /** What the `{id}` of the path is. */
  id?: { type: "string" | "integer"; description: string; example: string | number };
  auth: {
    header: string;
    scheme: "Token" | "Bearer";
    /** The status of a request without a valid token. */
    missing: 401 | 403;
  };
  accepts: readonly ContentType[];
  /** A header that must hold the number of the token's tenant when it is sent. */
  tenantHeader?: string;
  /** Every documented field of the request by its documented name. */
  request: Readonly<Record<string, WireField | IdentityField>>;
  /** The record types whose policies the fields follow. */
  fields: { own: Fields; customer?: Fields };
  /** The JSON Schema of the documented reply, and of the object in it that shows the record. */
  reply: { schema: JsonObject; record: JsonObject };
  /** A request and its reply, for the OpenAPI document. */
  example: { request: JsonObject; reply: JsonObject };
  /** Applies the update, and answers the documented reply. @throws RosterError */
  handle(request: WireRequest): Promise<object>;
  /** The page's own error body, where it documents one; a problem document otherwise. */
  error?: {
    schema: JsonObject;
    body(body: ErrorBody, status: number): object;
  };
  /** What the page documents of every reply, so that a problem document has it too. */
  problem?: JsonObject;
}

/** A field that says which record is meant, and changes nothing. */
export interface IdentityField {
  to: "identity";
  required?: boolean;
  description: string;
  /** Its JSON Schema, where it is no text. */
  schema?: JsonObject;
}

export type ContentType = Exclude<MediaType, "text/xml" | "application/merge-patch+json">;
