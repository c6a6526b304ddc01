import type { RecordType, Scope } from "@roster/domain";
import type { Target, World } from "./world.ts";

/** Every request that Roster serves, with the scopes it needs and the data that its answer may show. */
export interface Listed {
  /** A procedure, such as `customer.get`, or a route, such as `GET /api/customers/:id`. */
  name: string;
  /** Distinguishes several requests to one procedure or route. */
  variant?: string;
  /** The scopes that suffice: any of them, or all of an inner list together; undefined if none is needed. */
  scopes?: readonly Sufficient[];
  /** Whether it needs no token. */
  open?: true;
  /** The nouns that it writes: its answer may show the records' state afterwards. */
  writes?: Written | readonly Written[];
  /** Whether it restores earlier values, and so shows them. */
  bringsBack?: true;
  /** Values of an administrator's noun that everyone may see here. */
  shows?: readonly RecordType[];
  /** Statuses of answers other than refusals for missing scopes; by default 200 and 201. */
  statuses?: readonly number[];
  request(world: World): Promise<Request> | Request;
}

type Written = "customer" | "user" | "userGroup";

/** A scope, or several that are needed together. */
export type Sufficient = Scope | readonly Scope[];

export interface Request {
  method: string;
  path: string;
  body?: unknown;
  /** The header of the token, and the text before the token in it. */
  auth?: { header: string; scheme: string };
  headers?: Record<string, string>;
  /** The answer is an endless stream; it is read up to this text. */
  until?: string;
}

const where = ({ id }: Target) => ({ where: { id } });

type Input = (world: World) => Promise<object> | object | undefined;

const procedure =
  (kind: "query" | "mutation") =>
  (name: string, scopes: Sufficient[] | undefined, input: Input, more: Partial<Listed> = {}): Listed => ({
    name,
    ...(scopes && { scopes }),
    ...more,
    async request(world) {
      const given = await input(world);
      if (kind === "mutation") return { method: "POST", path: `/trpc/${name}`, body: given ?? {} };
      const query = given === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(given))}`;
      return { method: "GET", path: `/trpc/${name}${query}` };
    },
  });
const query = procedure("query");
const mutation = procedure("mutation");
const nothing: Input = () => undefined;

let serial = 0;
const unique = (): string => `zz-made-${++serial}`;

/** A change set that changed a record of a type. */
async function changeSet(world: World, noun: "customer" | "user" | "userGroup"): Promise<Target> {
  const isGroup = noun === "userGroup";
  const target = await (isGroup ? world.group() : world[noun]());
  const items = [{ ...where(target), patch: { [isGroup ? "displayName" : "firstName"]: unique() } }];
  const { changeSet: id } = await world.admin(`${noun}.updateMany`, { items });
  return { id } as unknown as Target;
}

/** A view that everybody who reads customers and users may see. */
const view = async (world: World): Promise<Target> =>
  (await world.admin("view.create", {
    list: "customers",
    name: unique(),
    shared: true,
    state: {},
  })) as unknown as Target;

/** The calls that customers and users share. */
function recordProcedures(noun: "customer" | "user", key: string): Listed[] {
  const [read, write]: [Scope[], Scope[]] = [[`${noun}s:read`], [`${noun}s:write`]];
  const both = [[...read, ...write]];
  const one = (world: World) => world[noun]();
  const named: Input = async (world) => where(await one(world));
  const deleted: Input = async (world) => {
    const target = where(await one(world));
    await world.admin(`${noun}.delete`, target);
    return target;
  };
  const change = { patch: { firstName: "changed" } };
  const writes = { writes: noun };
  return [
    query(`${noun}.get`, read, named),
    query(`${noun}.list`, read, () => ({ limit: 200 })),
    query(`${noun}.list`, read, () => ({ search: "zz", count: true, sort: "email" }), {
      variant: "of a search",
    }),
    query(`${noun}.count`, read, () => ({ search: "zz" })),
    query(`${noun}.indexes`, read, nothing),
    query(`${noun}.history`, read, named),
    query(`${noun}.history`, read, async (world) => ({ ...where(await one(world)), limit: 1 }), {
      variant: "of one entry",
    }),
    query(`${noun}.at`, read, async (world) => ({ ...where(await one(world)), version: 1 })),
    query(`${noun}.diff`, read, async (world) => ({ ...where(await one(world)), from: 1, to: 2 })),
    query(`${noun}.export`, read, named),
    mutation(`${noun}.create`, write, () => ({ [key]: unique() }), writes),
    mutation(`${noun}.update`, write, async (world) => ({ ...where(await one(world)), ...change }), writes),
    mutation(`${noun}.update`, write, async (world) => ({ ...where(await one(world)), patch: {} }), {
      ...writes,
      variant: "that changes nothing",
    }),
    mutation(
      `${noun}.update`,
      write,
      async (world) => ({ ...where(await one(world)), patch: {}, dryRun: true }),
      { ...writes, variant: "dry run" },
    ),
    mutation(
      `${noun}.update`,
      write,
      async (world) => ({ ...where(await one(world)), ...change, expectedVersion: 1 }),
      { ...writes, variant: "of an earlier version", statuses: [409] },
    ),
    mutation(`${noun}.upsert`, write, () => ({ where: { [key]: unique() }, ...change }), writes),
    mutation(
      `${noun}.updateMany`,
      write,
      async (world) => ({ items: [{ ...where(await one(world)), ...change }] }),
      writes,
    ),
    mutation(
      `${noun}.updateMany`,
      write,
      async (world) => ({
        dryRun: true,
        items: [{ ...where(await one(world)), patch: { firstName: null } }],
      }),
      { ...writes, variant: "dry run" },
    ),
    mutation(`${noun}.createMany`, write, () => ({ items: [{ [key]: unique() }] }), writes),
    mutation(
      `${noun}.upsertMany`,
      write,
      async (world) => ({ items: [{ ...where(await one(world)), ...change }] }),
      writes,
    ),
    mutation(
      `${noun}.upsertMany`,
      write,
      async (world) => ({ dryRun: true, items: [{ ...where(await one(world)), ...change }] }),
      { ...writes, variant: "dry run" },
    ),
    ...(["updateWhere", "deleteWhere"] as const).map((verb) =>
      mutation(
        `${noun}.${verb}`,
        both,
        async (world) => ({ filter: { id: (await one(world)).id }, ...(verb === "updateWhere" && change) }),
        { variant: "which takes both scopes" },
      ),
    ),
    mutation(`${noun}.revert`, write, async (world) => ({ ...where(await one(world)), to: 1 }), {
      ...writes,
      bringsBack: true,
    }),
    mutation(`${noun}.revert`, both, async (world) => ({ ...where(await one(world)), to: 1, dryRun: true }), {
      variant: "dry run, which takes both scopes",
    }),
    mutation(`${noun}.delete`, write, named, writes),
    mutation(`${noun}.restore`, write, deleted, writes),
    mutation(`${noun}.erase`, write, named, writes),
  ];
}

/** The calls for user groups. */
function groupProcedures(): Listed[] {
  const [read, write]: [Scope[], Scope[]] = [["users:read"], ["users:write"]];
  const named: Input = async (world) => where(await world.group());
  const change = { patch: { displayName: "changed" } };
  const writes = { writes: "userGroup" } as const;
  return [
    query("userGroup.get", read, named),
    query("userGroup.list", read, () => ({ limit: 200 })),
    query("userGroup.count", read, nothing),
    query("userGroup.members", read, named),
    query("userGroup.members", read, async (world) => ({ ...where(await world.group()), version: 2 }), {
      variant: "at a version",
    }),
    query("userGroup.history", read, named),
    query("userGroup.at", read, async (world) => ({ ...where(await world.group()), version: 1 })),
    query("userGroup.diff", read, async (world) => ({ ...where(await world.group()), from: 1, to: 2 })),
    query("userGroup.export", read, named),
    mutation("userGroup.create", write, () => ({ displayName: unique() }), writes),
    mutation(
      "userGroup.update",
      write,
      async (world) => ({ ...where(await world.group()), ...change }),
      writes,
    ),
    mutation(
      "userGroup.updateMany",
      write,
      async (world) => ({ items: [{ ...where(await world.group()), ...change }] }),
      writes,
    ),
    mutation("userGroup.revert", write, async (world) => ({ ...where(await world.group()), to: 1 }), {
      ...writes,
      bringsBack: true,
    }),
    mutation("userGroup.delete", write, named, writes),
    mutation(
      "userGroup.restore",
      write,
      async (world) => {
        const target = where(await world.group());
        await world.admin("userGroup.delete", target);
        return target;
      },
      writes,
    ),
    mutation("userGroup.erase", write, named, writes),
  ];
}

const asAdmin: Scope[] = ["admin"];
const reading: Scope[] = ["customers:read"];
const writing: Scope[] = ["customers:write"];
const writingBoth: Sufficient[] = [["customers:write", "users:write"]];
const webhook: Input = async (world) => where(await world.webhook());

/** Every procedure. */
export const procedures: Listed[] = [
  ...recordProcedures("customer", "providedId"),
  ...recordProcedures("user", "username"),
  ...groupProcedures(),
  query("customer.history", reading, async (world) => where(await world.merged()), {
    variant: "of a merged one",
  }),
  query("customer.export", reading, async (world) => ({ where: { id: (await world.merged()).into } }), {
    variant: "of one that others were merged into",
  }),
  mutation(
    "customer.merge",
    writing,
    async (world) => {
      const [from, into] = [await world.loneCustomer(), await world.loneCustomer()];
      return { ...where(from), into: { id: into.id } };
    },
    { writes: "customer" },
  ),
  mutation(
    "customer.merge",
    writing,
    async (world) => {
      const [from, into] = [await world.loneCustomer(), await world.loneCustomer()];
      return { ...where(from), into: { id: into.id }, dryRun: true };
    },
    { writes: "customer", variant: "dry run" },
  ),
  mutation(
    "customer.merge",
    writingBoth,
    async (world) => ({ ...where(await world.customer()), into: { id: (await world.loneCustomer()).id } }),
    { writes: ["customer", "user"], variant: "that moves users, which takes a second scope" },
  ),
  mutation(
    "customer.unmerge",
    writing,
    async (world) => {
      const [from, into] = [await world.loneCustomer(), await world.loneCustomer()];
      await world.admin("customer.merge", { ...where(from), into: { id: into.id } });
      return where(from);
    },
    { writes: "customer" },
  ),
  mutation("customer.unmerge", writingBoth, async (world) => where(await world.merged()), {
    writes: ["customer", "user"],
    variant: "that moves users, which takes a second scope",
  }),
  mutation("groupTag.create", asAdmin, () => ({ name: unique() })),
  query("groupTag.list", reading, nothing),
  mutation("hierarchyLevel.replaceAll", asAdmin, (world) => ({ levels: world.levels })),
  query("hierarchyLevel.list", reading, nothing),
  mutation("channel.create", asAdmin, () => ({ name: unique() })),
  query("channel.list", reading, nothing),
  mutation("accessGroup.create", asAdmin, () => ({ name: unique() })),
  query("accessGroup.list", reading, nothing),
  query("country.list", reading, nothing),
  query("tenant.get", asAdmin, nothing),
  mutation("tenant.update", asAdmin, () => ({ patch: {} })),
  mutation("tenant.setPropertiesSchema", asAdmin, () => ({ schema: { maxProperties: 0 }, dryRun: true }), {
    statuses: [200, 409],
  }),
  mutation("tenant.create", asAdmin, () => ({ name: unique() })),
  query("tenant.list", asAdmin, nothing),
  mutation("token.create", asAdmin, () => ({ name: unique(), scopes: ["users:read"] })),
  query("token.list", asAdmin, nothing),
  mutation("token.revoke", asAdmin, async (world) => where(await world.token())),
  mutation("webhook.create", asAdmin, () => ({ url: "http://127.0.0.1:9/made", events: ["user.*"] })),
  query("webhook.get", asAdmin, webhook),
  query("webhook.list", asAdmin, nothing),
  mutation("webhook.update", asAdmin, async (world) => ({
    ...where(await world.webhook()),
    patch: { description: "changed" },
  })),
  mutation("webhook.delete", asAdmin, webhook),
  mutation("webhook.rotateSecret", asAdmin, webhook),
  query("webhook.deliveries", asAdmin, webhook),
  // No event has been delivered yet.
  query("webhook.status", asAdmin, webhook, { statuses: [200, 409] }),
  mutation("webhook.replay", asAdmin, async (world) => ({ ...where(await world.webhook()), after: 0 }), {
    statuses: [200, 409],
  }),
  mutation("changeSet.open", ["customers:write", "users:write"], nothing),
  mutation("changeSet.close", ["customers:write", "users:write"], async (world) =>
    where((await world.admin("changeSet.open", {})) as unknown as Target),
  ),
  mutation("changeSet.close", writing, async (world) => where(await changeSet(world, "customer")), {
    variant: "of customers",
  }),
  query("changeSet.get", reading, async (world) => where(await changeSet(world, "customer")), {
    variant: "of customers",
  }),
  query("changeSet.get", ["users:read"], async (world) => where(await changeSet(world, "user")), {
    variant: "of users",
  }),
  query("changeSet.get", ["users:read"], async (world) => where(await changeSet(world, "userGroup")), {
    variant: "of user groups",
  }),
  query("changeSet.list", ["customers:read", "users:read"], nothing),
  mutation("changeSet.undo", writing, async (world) => where(await changeSet(world, "customer")), {
    variant: "of customers",
    writes: "customer",
  }),
  mutation("changeSet.undo", ["users:write"], async (world) => where(await changeSet(world, "user")), {
    variant: "of users",
    writes: "user",
  }),
  mutation("changeSet.undo", ["users:write"], async (world) => where(await changeSet(world, "userGroup")), {
    variant: "of user groups",
    writes: "userGroup",
  }),
  mutation(
    "changeSet.undo",
    [[...reading, ...writing]],
    async (world) => ({ ...where(await changeSet(world, "customer")), dryRun: true }),
    { variant: "dry run, which takes both scopes" },
  ),
  query("change.list", ["customers:read", "users:read"], () => ({ limit: 200 })),
  {
    ...query("change.watch", ["customers:read", "users:read"], () => ({ after: 0 })),
    async request(world) {
      const input = encodeURIComponent(JSON.stringify({ after: 0 }));
      return { method: "GET", path: `/trpc/change.watch?input=${input}`, until: await world.lastChanges() };
    },
  },
  query("customer.duplicates", reading, nothing),
  mutation("customer.notDuplicates", writing, async (world) => ({
    a: (await world.loneCustomer()).id,
    b: (await world.loneCustomer()).id,
  })),
  query("view.list", ["customers:read", "users:read"], nothing),
  mutation("view.create", reading, () => ({ list: "customers", name: unique(), state: {} })),
  mutation("view.create", ["users:read"], () => ({ list: "users", name: unique(), state: {} }), {
    variant: "of users",
  }),
  ...(["customers", "users"] as const).map((list) =>
    mutation(
      "view.create",
      [[`${list}:read`, `${list}:write`]],
      () => ({ list, name: unique(), state: {}, shared: true }),
      { variant: `of ${list}, to share, which takes both scopes` },
    ),
  ),
  mutation("view.update", ["customers:read", "users:read"], () => ({ where: { id: "x" }, patch: {} }), {
    variant: "that there is not",
    statuses: [404],
  }),
  mutation("view.delete", ["customers:read", "users:read"], () => ({ where: { id: "x" } }), {
    variant: "that there is not",
    statuses: [404],
  }),
  mutation(
    "view.update",
    asAdmin,
    async (world) => ({ ...where(await view(world)), patch: { name: "changed" } }),
    {
      variant: "of somebody else",
    },
  ),
  mutation("view.delete", asAdmin, async (world) => where(await view(world)), {
    variant: "of somebody else",
  }),
  query("stats.overview", ["customers:read", "users:read"], nothing, { shows: ["token"] }),
  query("actor.list", ["customers:read", "users:read"], () => ({ ids: ["system"] })),
  mutation("demo.load", asAdmin, nothing, { statuses: [409] }),
  query("me.get", undefined, nothing, { shows: ["tenant", "token"] }),
];

const route = (
  name: string,
  scopes: Sufficient[],
  path: string | ((world: World) => Promise<string>),
  more: Partial<Listed & Pick<Request, "body" | "headers" | "auth">> = {},
): Listed => {
  const { body, headers, auth, ...listed } = more;
  return {
    name,
    scopes,
    ...listed,
    request: async (world) => ({
      method: name.split(" ")[0] as string,
      path: typeof path === "string" ? path : await path(world),
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
      ...(auth && { auth }),
    }),
  };
};

const bearer = { header: "Authorization", scheme: "Bearer" };

/** The REST calls for customers and users. */
function recordRoutes(noun: "customer" | "user"): Listed[] {
  const [read, write]: [Scope[], Scope[]] = [[`${noun}s:read`], [`${noun}s:write`]];
  const path = `/api/${noun}s`;
  const at =
    (rest = "") =>
    async (world: World) =>
      `${path}/${(await world[noun]()).id}${rest}`;
  const merge = { "content-type": "application/merge-patch+json" };
  const writes = { writes: noun };
  return [
    route(`GET ${path}`, read, `${path}?limit=200`),
    route(`GET /api/counts/${noun}s`, read, `/api/counts/${noun}s?search=zz`),
    route(`GET /api/indexes/${noun}s`, read, `/api/indexes/${noun}s`),
    route(`POST ${path}`, write, path, { ...writes, body: {} }),
    route(`GET ${path}/:id`, read, at()),
    route(`GET ${path}/:id`, read, at(), {
      variant: "of another version",
      headers: { "if-match": '"1"' },
      statuses: [412],
    }),
    route(`PATCH ${path}/:id`, write, at(), { ...writes, headers: merge, body: { firstName: "changed" } }),
    route(`PATCH ${path}/:id`, write, at("?dryRun=true"), {
      ...writes,
      variant: "dry run",
      headers: merge,
      body: {},
    }),
    route(`PATCH ${path}/:id`, write, at(), {
      ...writes,
      variant: "of an earlier version",
      headers: { ...merge, "if-match": '"1"' },
      body: { firstName: "changed" },
      statuses: [412],
    }),
    route(`DELETE ${path}/:id`, write, at(), writes),
    route(`GET ${path}/:id/history`, read, at("/history")),
    route(`POST /api/bulk/${noun}s/create`, write, `/api/bulk/${noun}s/create`, {
      ...writes,
      body: { items: [{}] },
    }),
    ...(["update", "upsert"] as const).map((verb): Listed => ({
      ...route(`POST /api/bulk/${noun}s/${verb}`, write, "", writes),
      request: async (world) => ({
        method: "POST",
        path: `/api/bulk/${noun}s/${verb}`,
        auth: bearer,
        body: { items: [{ ...where(await world[noun]()), patch: { firstName: unique() } }] },
      }),
    })),
    ...(["update-where", "delete-where"] as const).map((verb): Listed => ({
      ...route(`POST /api/bulk/${noun}s/${verb}`, [[...read, ...write]], "", {
        variant: "which takes both scopes",
      }),
      request: async (world) => ({
        method: "POST",
        path: `/api/bulk/${noun}s/${verb}`,
        body: { filter: { id: (await world[noun]()).id }, dryRun: true },
      }),
    })),
  ];
}

/** The REST calls for user groups. */
function groupRoutes(): Listed[] {
  const [read, write]: [Scope[], Scope[]] = [["users:read"], ["users:write"]];
  const path = "/api/user-groups";
  const at =
    (rest = "") =>
    async (world: World) =>
      `${path}/${(await world.group()).id}${rest}`;
  const merge = { "content-type": "application/merge-patch+json" };
  const writes = { writes: "userGroup" } as const;
  return [
    route(`GET ${path}`, read, `${path}?limit=200`),
    route("GET /api/counts/user-groups", read, "/api/counts/user-groups"),
    route("GET /api/indexes/user-groups", read, "/api/indexes/user-groups"),
    route(`POST ${path}`, write, path, { ...writes, body: { displayName: "made" } }),
    route(`GET ${path}/:id`, read, at()),
    route(`PATCH ${path}/:id`, write, at(), { ...writes, headers: merge, body: { displayName: "changed" } }),
    route(`DELETE ${path}/:id`, write, at(), writes),
    route(`GET ${path}/:id/history`, read, at("/history")),
    route(`GET ${path}/:id/members`, read, at("/members")),
  ];
}

const scim: Scope[] = ["scim"];
const scimUsers = "/scim/v2/Users";
const scimGroups = "/scim/v2/Groups";
const scimType = { headers: { "content-type": "application/scim+json" } };

/** The calls of SCIM, which take a scope of their own and show users and groups. */
function scimRoutes(): Listed[] {
  const ofType = (
    path: string,
    target: (world: World) => Promise<Target>,
    created: () => object,
  ): Listed[] => {
    const at = async (world: World) => `${path}/${(await target(world)).id}`;
    const rename = { Operations: [{ op: "replace", path: "displayName", value: "changed" }] };
    return [
      route(`GET ${path}`, scim, path),
      route(`GET ${path}`, scim, `${path}?filter=${encodeURIComponent('displayName eq "changed"')}`, {
        variant: "filtered",
      }),
      {
        ...route(`POST ${path}`, scim, path),
        request: () => ({ method: "POST", path, body: created(), ...scimType }),
      },
      route(`POST ${path}/.search`, scim, `${path}/.search`, { body: { count: 5 }, ...scimType }),
      route(`GET ${path}/:id`, scim, at),
      {
        ...route(`PUT ${path}/:id`, scim, at),
        request: async (world) => ({ method: "PUT", path: await at(world), body: created(), ...scimType }),
      },
      route(`PATCH ${path}/:id`, scim, at, { body: rename, ...scimType, statuses: [204] }),
      route(`DELETE ${path}/:id`, scim, at, { statuses: [204] }),
    ];
  };
  const described = ["ServiceProviderConfig", "ResourceTypes", "Schemas"].map((name) =>
    route(`GET /scim/v2/${name}`, scim, `/scim/v2/${name}`),
  );
  return [
    ...ofType(
      scimUsers,
      (world) => world.user(),
      () => ({ userName: unique() }),
    ),
    ...ofType(
      scimGroups,
      (world) => world.group(),
      () => ({ displayName: unique() }),
    ),
    ...described,
    route("GET /scim/v2/ResourceTypes/:id", scim, "/scim/v2/ResourceTypes/User"),
    route("GET /scim/v2/Schemas/:id", scim, "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
    route("POST /scim/v2/.search", scim, "/scim/v2/.search", { body: { count: 5 }, ...scimType }),
    route("POST /scim/v2/Bulk", scim, "/scim/v2/Bulk", {
      body: { Operations: [{ method: "DELETE", path: "/Users/nobody" }] },
      ...scimType,
    }),
    ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) =>
      route(`${method} /scim/v2/Me`, scim, "/scim/v2/Me", {
        statuses: [501],
        ...(["POST", "PUT", "PATCH"].includes(method) && { body: {}, ...scimType }),
      }),
    ),
  ];
}

/** The REST calls for change sets. */
const changeSetRoutes: Listed[] = [
  route("GET /api/change-sets", ["customers:read", "users:read"], "/api/change-sets"),
  route("POST /api/change-sets", ["customers:write", "users:write"], "/api/change-sets", { body: {} }),
  ...(["customer", "user"] as const).flatMap((noun): Listed[] => {
    const at = (rest: string) => async (world: World) =>
      `/api/change-sets/${(await changeSet(world, noun)).id}${rest}`;
    const variant = `of ${noun}s`;
    return [
      route("GET /api/change-sets/:id", [`${noun}s:read`], at(""), { variant }),
      route("POST /api/change-sets/:id/close", [`${noun}s:write`], at("/close"), { variant }),
      route("POST /api/change-sets/:id/undo", [`${noun}s:write`], at("/undo"), {
        variant,
        writes: noun,
        body: {},
      }),
    ];
  }),
];

const token = (header: string) => ({ header, scheme: "Token" });
const open = (path: string): Listed => ({
  ...route(`GET ${path}`, [], path),
  open: true,
});

/** Every route except tRPC's. */
export const routes: Listed[] = [
  ...recordRoutes("customer"),
  ...recordRoutes("user"),
  ...groupRoutes(),
  ...scimRoutes(),
  ...changeSetRoutes,
  route("GET /api/changes", ["customers:read", "users:read"], "/api/changes?limit=200"),
  {
    ...route("GET /api/changes", ["customers:read", "users:read"], "/api/changes", { variant: "stream" }),
    request: async (world) => ({
      method: "GET",
      path: "/api/changes?after=0",
      headers: { accept: "text/event-stream" },
      until: await world.lastChanges(),
    }),
  },
  route("PUT /v1/customers/:id", writing, async (world) => `/v1/customers/${(await world.customer()).id}`, {
    writes: "customer",
    auth: token("Authorization"),
    body: { firstName: "changed" },
  }),
  {
    ...route("POST /api/update_customer", writing, "", { writes: "customer" }),
    async request(world) {
      const customer = await world.admin("customer.get", where(await world.customer()));
      return {
        method: "POST",
        path: "/api/update_customer/",
        auth: token("Explo-Authorization"),
        body: { provided_id: customer["providedId"], name: "changed" },
      };
    },
  },
  route("PUT /v1/users/:id", ["users:write"], async (world) => `/v1/users/${(await world.user()).id}`, {
    writes: "user",
    auth: token("Authorization"),
    body: { bio: "changed" },
  }),
  route("PUT /v1/users/:id", writingBoth, async (world) => `/v1/users/${(await world.user()).id}`, {
    writes: ["customer", "user"],
    variant: "that updates the user's customer, which takes a second scope",
    auth: token("Authorization"),
    body: { bio: "changed", name: "changed" },
  }),
  route("PUT /customers/:id", writing, async (world) => `/customers/${(await world.customer()).id}`, {
    writes: "customer",
    auth: bearer,
    body: { addressCity: "changed" },
  }),
  route(
    "PUT /api/v1/customers/:id",
    writing,
    async (world) => `/api/v1/customers/${(await world.customer()).number}`,
    { writes: "customer", auth: bearer, body: { job: "changed" } },
  ),
  ...["/", "/healthz", "/readyz", "/openapi.json", "/docs"].map(open),
  { ...open("/console"), statuses: [200, 404] },
  open("/console/session"),
  {
    name: "POST /console/session",
    open: true,
    statuses: [401],
    request: () => ({ method: "POST", path: "/console/session", body: { token: "none" } }),
  },
  {
    name: "DELETE /console/session",
    open: true,
    statuses: [204],
    request: () => ({ method: "DELETE", path: "/console/session" }),
  },
  ...["swagger-ui.css", "swagger-ui-bundle.js", "start.js"].map((name) => open(`/docs/${name}`)),
];

/** The served calls missing from a list. A trailing slash makes no other route. */
export function unlisted(served: readonly string[], listed: readonly Listed[]): string[] {
  const known = new Set(listed.map(({ name }) => name));
  return [...new Set(served.map((name) => name.replace(/(?<=\w)\/$/, "")))].filter(
    (name) => !known.has(name),
  );
}
