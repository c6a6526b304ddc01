import { RosterError, type Actor, type ExpectedVersion, type JsonObject } from "@roster/domain";
import type { Roster } from "../../roster.ts";
import { groupType, userType } from "../../scim/attributes.ts";
import type { Shown } from "../../scim/collection.ts";
import type { Scim } from "../../scim/scim.ts";
import { methodNotAllowed } from "../methods.ts";
import { StatusError, type Reply } from "./answer.ts";
import { resourceTypes, schemaResources, serviceProviderConfig } from "./discovery.ts";
import { projected, showing } from "./projection.ts";
import {
  bodyParameters,
  expectedBy,
  listQueryOf,
  projectionOf,
  versionsIn,
  type Parameters,
} from "./query.ts";

/** The operations of SCIM at their paths, for single requests and for those of a bulk request. */

export interface ScimRequest {
  roster: Roster;
  /** The caller, with the rights of SCIM. */
  actor: Actor;
  /** The address of the SCIM API. */
  base: string;
  method: string;
  /** The parts of the path after that address, decoded. */
  path: readonly string[];
  parameters: Parameters;
  body: unknown;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  accept?: string | undefined;
}

type Handler = (request: ScimRequest, id: string) => Promise<Reply> | Reply;
/** The operations at a path; `{id}` stands for any part. */
export type Routes = Readonly<Record<string, Partial<Record<string, Handler>>>>;

/** A request to the resources of one type, and how its answers show them. */
function asking({ roster, actor, base, parameters, ifMatch }: ScimRequest, of: keyof Scim) {
  const collection = roster.scim[of];
  const { type } = collection;
  const projection = projectionOf(parameters);
  const shown = (resource: JsonObject) => projected(resource, projection, type);
  return {
    collection,
    projection,
    call: { actor, base, shows: showing(projection, type), expected: expectedBy(ifMatch) },
    shown,
    /** The answer with one resource. */
    reply(status: number, { resource, version }: Shown): Reply {
      const { location } = resource["meta"] as { location: string };
      const headers = { etag: tagOf(version), ...(status === 201 && { location }) };
      return { status, body: shown(resource), headers };
    },
  };
}
const tagOf = (version: number): string => `W/"${version}"`;

const listReply = (total: number, startIndex: number, resources: JsonObject[]): Reply => ({
  status: 200,
  body: {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  },
});

const collectionRoutes = (of: keyof Scim, path: string): Routes => ({
  [path]: {
    GET: (request) => list(request, [of]),
    async POST(request) {
      const { collection, call, reply } = asking(request, of);
      return reply(201, await collection.create(call, request.body));
    },
  },
  [`${path}/.search`]: searchRoute([of]),
  [`${path}/{id}`]: {
    async GET(request, id) {
      const { collection, call, reply } = asking(request, of);
      const shown = await collection.get(call, id);
      if (isKnown(request.ifNoneMatch, shown.version))
        return { status: 304, headers: { etag: tagOf(shown.version) } };
      requireMatch(call.expected, shown.version);
      return reply(200, shown);
    },
    async PUT(request, id) {
      const { collection, call, reply } = asking(request, of);
      return reply(200, await collection.replace(call, id, request.body));
    },
    async PATCH(request, id) {
      const { collection, call, projection, reply } = asking(request, of);
      const asked = projection.attributes.length > 0 || projection.excludedAttributes.length > 0;
      // A client that does not request the resource does not get its long list of members.
      const silent = !asked && !/json/i.test(request.accept ?? "");
      const told = silent ? { ...call, shows: () => false } : call;
      const shown = await collection.patch(told, id, request.body);
      if (silent) return { status: 204, headers: { etag: tagOf(shown.version) } };
      return reply(200, shown);
    },
    async DELETE(request, id) {
      const { collection, call } = asking(request, of);
      await collection.delete(call, id);
      return { status: 204 };
    },
  },
});

/** A list of the resources that fit: those of the first type, followed by those of the next. */
async function list(request: ScimRequest, types: readonly (keyof Scim)[]): Promise<Reply> {
  const query = listQueryOf(request.parameters);
  const all: JsonObject[] = [];
  let before = 0;
  for (const of of types) {
    const { collection, call, shown } = asking(request, of);
    const { total, resources } = await collection.list(call, {
      ...query,
      startIndex: Math.max(1, query.startIndex - before),
      count: query.count - all.length,
    });
    if (query.startIndex <= before + total) all.push(...resources.map(shown));
    before += total;
  }
  return listReply(before, query.startIndex, all);
}

const searchRoute = (types: readonly (keyof Scim)[]): Record<string, Handler> => ({
  POST: (request) => list({ ...request, parameters: bodyParameters(request.body) }, types),
});

/** Whether the caller has this version already. */
const isKnown = (tags: string | undefined, version: number): boolean =>
  tags !== undefined && (tags.trim() === "*" || versionsIn(tags).includes(version));

/** @throws StatusError 412 if the resource is at another version */
function requireMatch(expected: ExpectedVersion | undefined, version: number): void {
  if (expected === undefined || [expected].flat().includes(version)) return;
  throw new StatusError(412, `the resource is at version ${version}`);
}

/** Discovery resources cannot be filtered (RFC 7644, section 4). */
const described = (describe: (base: string, id: string) => Reply): Routes[string] => ({
  GET({ parameters, base }, id) {
    if (parameters.has("filter")) throw new StatusError(403, "a filter is not allowed here");
    return describe(base, id);
  },
});

const describedList = (resourcesOf: (base: string) => JsonObject[], path: string): Routes => ({
  [path]: described((base) => {
    const resources = resourcesOf(base);
    return listReply(resources.length, 1, resources);
  }),
  [`${path}/{id}`]: described((base, id) => {
    const isNamed = (one: JsonObject) => (one["id"] as string).toLowerCase() === id.toLowerCase();
    const body = resourcesOf(base).find(isNamed);
    if (!body) throw new RosterError("NOT_FOUND", `there is no ${id}`);
    return { status: 200, body };
  }),
});

const noUser: Handler = () => {
  throw new StatusError(501, "a token stands for no user");
};

export const routes: Routes = {
  ...collectionRoutes("users", userType.endpoint),
  ...collectionRoutes("groups", groupType.endpoint),
  "/.search": searchRoute(["users", "groups"]),
  "/Me": { GET: noUser, POST: noUser, PUT: noUser, PATCH: noUser, DELETE: noUser },
  "/ServiceProviderConfig": described((base) => ({ status: 200, body: serviceProviderConfig(base) })),
  ...describedList(resourceTypes, "/ResourceTypes"),
  ...describedList(schemaResources, "/Schemas"),
};

/** Other names that clients use. */
const aliases: Partial<Record<string, string>> = { serviceconfiguration: "serviceproviderconfig" };

const byPath = new Map(Object.entries(routes).map(([path, methods]) => [path.toLowerCase(), methods]));

/** The operations at a path, in any case. */
function routeAt([first = "", id, ...more]: readonly string[]): Routes[string] | undefined {
  const head = first.toLowerCase();
  // A slash that was encoded is part of a name.
  if (more.length > 0 || head.includes("/")) return undefined;
  const path = `/${aliases[head] ?? head}`;
  if (id === undefined) return byPath.get(path);
  return byPath.get(`${path}/${id.toLowerCase()}`) ?? byPath.get(`${path}/{id}`);
}

/**
 * Carries out a request.
 * @throws RosterError, ScimError, StatusError
 */
export async function handle(request: ScimRequest): Promise<Reply> {
  const methods = routeAt(request.path);
  if (!methods) throw new RosterError("NOT_FOUND", "there is nothing at this path");
  const handler = methods[request.method];
  if (handler) return handler(request, request.path[1] ?? "");
  const allow = Object.keys(methods).join(", ");
  throw new StatusError(405, methodNotAllowed(request.method, allow).message, { allow });
}
