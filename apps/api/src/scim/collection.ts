import {
  authorize,
  canonicalId,
  plainUpdate,
  type Actor,
  type ExpectedVersion,
  type JsonObject,
  type ParsedUpdate,
} from "@roster/domain";
import type { Store } from "../record/command.ts";
import type { TenantReader } from "../store/database.ts";
import type { ResourceType } from "./attributes.ts";
import type { ListQuery } from "./search.ts";

/** What the resources of both types have in common. */

/** Who asks, and for what. */
export interface ScimCall {
  actor: Actor;
  /** The address of the SCIM API, to make the addresses of resources. */
  base: string;
  /** Whether the answer shows an attribute. */
  shows(attribute: string): boolean;
}

/** A resource as clients see it, and the version of its record. */
export interface Shown {
  resource: JsonObject;
  version: number;
}

export interface ListPage {
  total: number;
  resources: JsonObject[];
}

/** The resources of one type. */
export interface Collection {
  type: ResourceType;
  create(call: ScimCall, body: unknown): Promise<Shown>;
  get(call: ScimCall, id: string): Promise<Shown>;
  /** @param expected the versions that the caller accepts; undefined for any */
  replace(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined): Promise<Shown>;
  patch(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined): Promise<Shown>;
  delete(call: ScimCall, id: string, expected: ExpectedVersion | undefined): Promise<void>;
  list(call: ScimCall, query: ListQuery): Promise<ListPage>;
}

/** The update of a resource. Clients of SCIM state no version, also where a tenant requires it. */
export const updateOf = (id: string): ParsedUpdate => plainUpdate(whereId(id), { edits: [], faults: [] });
export const whereId = (id: string) => [{ field: "id" as const, value: canonicalId(id) }];

/** Reads for a caller who may read users and user groups. @throws RosterError FORBIDDEN */
export const reader = ({ database }: Store, actor: Actor): TenantReader => {
  authorize(actor, "users:read");
  return database.tenant(actor.tenant.number);
};

interface Recorded {
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** The attributes that Roster sets, around those of the record. */
export function withCommon(
  { base }: Pick<ScimCall, "base">,
  type: ResourceType,
  { id, version, createdAt, updatedAt }: Recorded,
  resource: JsonObject,
): JsonObject {
  const extensions = Object.keys(resource).filter((name) => name.startsWith("urn:"));
  return {
    schemas: [type.core.id, ...extensions],
    id,
    ...resource,
    meta: {
      resourceType: type.name,
      created: createdAt,
      lastModified: updatedAt,
      location: `${base}${type.endpoint}/${id}`,
      version: `W/"${version}"`,
    },
  };
}
