import { RosterError, type Actor, type JsonObject } from "@roster/domain";
import type { Roster } from "../../roster.ts";
import { groupType, userType } from "../../scim/attributes.ts";
import type { Collection, ScimCall, Shown } from "../../scim/collection.ts";
import { methodNotAllowed } from "../methods.ts";
import { StatusError, type Reply } from "./answer.ts";
import { resourceTypes, schemaResources, serviceProviderConfig } from "./discovery.ts";
import { projected, showing, type Projection } from "./projection.ts";
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
  ifMatch?: string | null | undefined;
  ifNoneMatch?: string | null | undefined;
  accept?: string | null | undefined;
}

type Handler = (request: ScimRequest, id: string) => Promise<Reply> | Reply;
/** The operations at a path; `{id}` stands for any part. */
export type Routes = Readonly<Record<string, Partial<Record<string, Handler>>>>;

const of =
  (type: "users" | "groups") =>
  ({ roster }: ScimRequest): Collection =>
    roster.scim[type];

function callOf(
  { actor, base, parameters }: ScimRequest,
  collection: Collection,
): { call: ScimCall; projection: Projection } {
  const projection = projectionOf(parameters);
  return { projection, call: { actor, base, shows: showing(projection, collection.type) } };
}

/** The answer with one resource. */
function resourceReply(
  status: number,
  { resource, version }: Shown,
  projection: Projection,
  collection: Collection,
): Reply {
  const { location } = resource["meta"] as { location: string };
  return {
    status,
    body: projected(resource, projection, collection.type),
    headers: { etag: tagOf(version), ...(status === 201 && { location }) },
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

const collectionRoutes = (collectionOf: (request: ScimRequest) => Collection, path: string): Routes => ({
  [path]: {
    GET: (request) => list(request, collectionOf(request)),
    async POST(request) {
      const collection = collectionOf(request);
      const { call, projection } = callOf(request, collection);
      return resourceReply(201, await collection.create(call, request.body), projection, collection);
    },
  },
  [`${path}/.search`]: {
    POST: (request) => list({ ...request, parameters: bodyParameters(request.body) }, collectionOf(request)),
  },
  [`${path}/{id}`]: {
    async GET(request, id) {
      const collection = collectionOf(request);
      const { call, projection } = callOf(request, collection);
      const shown = await collection.get(call, id);
      if (isKnown(request.ifNoneMatch, shown.version))
        return { status: 304, headers: { etag: tagOf(shown.version) } };
      requireMatch(request.ifMatch, shown.version);
      return resourceReply(200, shown, projection, collection);
    },
    async PUT(request, id) {
      const collection = collectionOf(request);
      const { call, projection } = callOf(request, collection);
      const shown = await collection.replace(call, id, request.body, expectedBy(request.ifMatch));
      return resourceReply(200, shown, projection, collection);
    },
    async PATCH(request, id) {
      const collection = collectionOf(request);
      const { call, projection } = callOf(request, collection);
      const asked = projection.attributes.length > 0 || projection.excludedAttributes.length > 0;
      // Clients that do not ask for the resource are spared a long list of members.
      const silent = !asked && !/json/i.test(request.accept ?? "");
      const shown = await collection.patch(
        silent ? { ...call, shows: () => false } : call,
        id,
        request.body,
        expectedBy(request.ifMatch),
      );
      if (silent) return { status: 204, headers: { etag: tagOf(shown.version) } };
      return resourceReply(200, shown, projection, collection);
    },
    async DELETE(request, id) {
      const collection = collectionOf(request);
      await collection.delete(callOf(request, collection).call, id, expectedBy(request.ifMatch));
      return { status: 204 };
    },
  },
});

async function list(request: ScimRequest, collection: Collection): Promise<Reply> {
  const query = listQueryOf(request.parameters);
  const { call, projection } = callOf(request, collection);
  const { total, resources } = await collection.list(call, query);
  return listReply(
    total,
    query.startIndex,
    resources.map((resource) => projected(resource, projection, collection.type)),
  );
}

/** A search in all resources: the users that fit, followed by the groups that do. */
async function searchAll(request: ScimRequest): Promise<Reply> {
  const query = listQueryOf(request.parameters);
  const all: JsonObject[] = [];
  let before = 0;
  for (const collection of [request.roster.scim.users, request.roster.scim.groups]) {
    const { call, projection } = callOf(request, collection);
    const { total, resources } = await collection.list(call, {
      ...query,
      startIndex: Math.max(1, query.startIndex - before),
      count: query.count - all.length,
    });
    const begins = query.startIndex <= before + total;
    if (begins) all.push(...resources.map((resource) => projected(resource, projection, collection.type)));
    before += total;
  }
  return listReply(before, query.startIndex, all);
}

/** Whether the caller has this version already. */
const isKnown = (tags: string | null | undefined, version: number): boolean =>
  tags !== null && tags !== undefined && (tags.trim() === "*" || versionsIn(tags).includes(version));

/** @throws StatusError 412 if the resource is at another version */
function requireMatch(tags: string | null | undefined, version: number): void {
  const expected = expectedBy(tags);
  if (expected === undefined || [expected].flat().includes(version)) return;
  throw new StatusError(412, `the resource is at version ${version}`);
}

/** Resources that describe the server are not searched (RFC 7644, section 4). */
function unfiltered({ parameters }: ScimRequest): void {
  if (parameters.has("filter")) throw new StatusError(403, "a filter is not allowed here");
}

const described = (resourcesOf: (base: string) => JsonObject[], path: string): Routes => ({
  [path]: {
    GET(request) {
      unfiltered(request);
      const resources = resourcesOf(request.base);
      return listReply(resources.length, 1, resources);
    },
  },
  [`${path}/{id}`]: {
    GET(request, id) {
      unfiltered(request);
      const found = resourcesOf(request.base).find(
        (one) => (one["id"] as string).toLowerCase() === id.toLowerCase(),
      );
      if (!found) throw new RosterError("NOT_FOUND", `there is no ${id}`);
      return { status: 200, body: found };
    },
  },
});

const noUser: Handler = () => {
  throw new StatusError(501, "a token stands for no user");
};

export const routes: Routes = {
  ...collectionRoutes(of("users"), userType.endpoint),
  ...collectionRoutes(of("groups"), groupType.endpoint),
  "/.search": { POST: (request) => searchAll({ ...request, parameters: bodyParameters(request.body) }) },
  "/Me": { GET: noUser, POST: noUser, PUT: noUser, PATCH: noUser, DELETE: noUser },
  "/ServiceProviderConfig": {
    GET(request) {
      unfiltered(request);
      return { status: 200, body: serviceProviderConfig(request.base) };
    },
  },
  ...described(resourceTypes, "/ResourceTypes"),
  ...described(schemaResources, "/Schemas"),
};

/** Other names that clients use. */
const aliases: Partial<Record<string, string>> = { serviceconfiguration: "serviceproviderconfig" };

const parts = (path: string): string[] => path.split("/").slice(1);
const named = Object.keys(routes).map((path) => ({
  path,
  parts: parts(path).map((part) => part.toLowerCase()),
}));

/** The route at a path, in any case, and the part that stands for an id. */
function routeAt(path: readonly string[]): { path: string; id: string } | undefined {
  const [first = "", second, ...more] = path;
  const head = first.toLowerCase();
  const wanted = [aliases[head] ?? head, ...(second === undefined ? [] : [second.toLowerCase()])];
  if (more.length > 0) return undefined;
  const fitting = named.filter(
    ({ parts: own }) =>
      own.length === wanted.length && own.every((part, i) => part === wanted[i] || part === "{id}"),
  );
  const found = fitting.find(({ parts: own }) => !own.includes("{id}")) ?? fitting[0];
  return found && { path: found.path, id: second ?? "" };
}

/**
 * Carries out a request.
 * @throws RosterError, ScimError, StatusError
 */
export async function handle(request: ScimRequest): Promise<Reply> {
  const route = routeAt(request.path);
  if (!route) throw new RosterError("NOT_FOUND", "there is nothing at this path");
  const methods = routes[route.path] ?? {};
  const handler = methods[request.method];
  if (handler) return handler(request, route.id);
  const allow = Object.keys(methods).join(", ");
  throw new StatusError(405, methodNotAllowed(request.method, allow).message, { allow });
}
