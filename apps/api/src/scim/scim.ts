import {
  authorize,
  canonicalId,
  caseFolded,
  plainUpdate,
  type Actor,
  type ExpectedVersion,
  type Fault,
  type JsonObject,
  type ParsedUpdate,
  type StoredRecords,
  type UserGroupJson,
  type UserJson,
} from "@roster/domain";
import type { Store } from "../record/command.ts";
import type { DecisionContext } from "../record/noun.ts";
import { RecordService } from "../record/record-service.ts";
import type { TenantReader, Want } from "../store/database.ts";
import { sortName } from "../store/tables.ts";
import { userNoun } from "../user/user.ts";
import { userGroupNoun } from "../user-group/user-group.ts";
import { groupType, userType, type ResourceType } from "./attributes.ts";
import type { Filter } from "./filter.ts";
import { groupEdits, groupResource } from "./group-resource.ts";
import { LiveCounts } from "./live-counts.ts";
import { MemberEdits } from "./members.ts";
import { normalResource, objectOf } from "./normal.ts";
import { patched, readOperations } from "./patch.ts";
import { search, type ListQuery } from "./search.ts";
import { userEdits, userResource } from "./user-resource.ts";

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

interface ListPage {
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

/**
 * A caller with the scope `scim`, which allows to read and write users and user groups by SCIM.
 * @throws RosterError FORBIDDEN
 */
export function provisioner(actor: Actor): Actor {
  authorize(actor, "scim");
  return { ...actor, scopes: ["users:read", "users:write"] };
}

/** The update of a resource. Clients of SCIM state no version, also where a tenant requires it. */
const updateOf = (id: string): ParsedUpdate => plainUpdate(whereId(id), { edits: [], faults: [] });
const whereId = (id: string) => [{ field: "id" as const, value: canonicalId(id) }];

const reader = ({ database }: Store, actor: Actor): TenantReader => {
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
function withCommon(
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

class ScimUsers implements Collection {
  readonly type = userType;
  readonly #store: Store;
  readonly #users: RecordService<"user", UserJson>;
  readonly #counts = new LiveCounts();

  constructor(store: Store, users: RecordService<"user", UserJson>) {
    this.#store = store;
    this.#users = users;
  }

  async create(call: ScimCall, body: unknown): Promise<Shown> {
    const resource = normalResource(body, userType);
    const user = await this.#users.create(call.actor, userEdits(resource, undefined), {
      wants: nameWants(resource),
      faults: (context) => nameFaults(resource, undefined, context),
    });
    return this.#shown(call, user);
  }

  async get(call: ScimCall, id: string): Promise<Shown> {
    return this.#shown(call, await this.#users.get(call.actor, whereId(id)));
  }

  async replace(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined) {
    const resource = normalResource(body, userType);
    return this.#update(call, id, expected, () => resource);
  }

  async patch(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined) {
    const operations = readOperations(body);
    return this.#update(call, id, expected, (current) => patched(current, operations, userType));
  }

  async delete({ actor }: ScimCall, id: string, expected: ExpectedVersion | undefined): Promise<void> {
    await this.#users.delete(actor, whereId(id), undefined, expected ?? "current");
  }

  async list(call: ScimCall, query: ListQuery): Promise<ListPage> {
    const store = reader(this.#store, call.actor);
    const source = {
      reader: store,
      type: "user",
      count: () => this.#counts.of(store, call.actor.tenant.number, "user"),
      resourceType: userType,
      resources: (users: readonly StoredRecords["user"][], filter: Filter | undefined) =>
        this.#resources(
          { ...call, shows: (name) => name === "groups" && !!filter && mentions(filter, name) },
          users,
        ),
    } as const;
    const { total, records } = await search(source, query);
    return { total, resources: await this.#resources(call, records) };
  }

  async #update(
    call: ScimCall,
    id: string,
    expected: ExpectedVersion | undefined,
    change: (current: JsonObject) => JsonObject,
  ): Promise<Shown> {
    const { record } = await this.#users.update(call.actor, updateOf(id), (current, context) => {
      const next = change(userResource(current));
      const { edits, faults } = userEdits(next, current);
      return {
        edits,
        faults: [...faults, ...nameFaults(next, current, context)],
        expectedVersion: expected ?? current.version,
      };
    });
    return this.#shown(call, record);
  }

  async #shown(call: ScimCall, user: UserJson): Promise<Shown> {
    const [resource] = await this.#resources(call, [user]);
    return { resource: resource as JsonObject, version: user.version };
  }

  async #resources(call: ScimCall, users: readonly UserJson[]): Promise<JsonObject[]> {
    const ids = call.shows("groups") ? users.map(({ id }) => id) : [];
    const groups = await reader(this.#store, call.actor).groupsOf(ids);
    return users.map((user, i) => {
      const of = (groups[i] ?? []).map(({ id, displayName }) => ({
        value: id,
        $ref: `${call.base}${groupType.endpoint}/${id}`,
        display: displayName,
        type: "direct",
      }));
      const resource = { ...userResource(user), ...(of.length > 0 && { groups: of }) };
      return withCommon(call, userType, user, resource);
    });
  }
}

/** The fault of a username that another user has, in any case. Roster itself tells cases apart. */
function nameFaults(resource: JsonObject, current: UserJson | undefined, { view }: DecisionContext): Fault[] {
  const name = resource["userName"];
  if (typeof name !== "string" || name === current?.id) return [];
  if (typeof current?.username === "string" && caseFolded(current.username) === caseFolded(name)) return [];
  const others = view.usersNamed(sortName(name)).filter((id) => id !== current?.id);
  if (others.length === 0) return [];
  return [{ pointer: "/userName", code: "taken", message: `${JSON.stringify(name)} is taken` }];
}

/** What `nameFaults` looks at. */
const nameWants = ({ userName }: JsonObject): Want[] =>
  typeof userName === "string" ? [{ kind: "usersNamed", name: sortName(userName) }] : [];

/** How many members the groups of one page show together. */
const maxMembersShown = 50_000;
const memberStep = 2_000;

class ScimGroups implements Collection {
  readonly type = groupType;
  readonly #store: Store;
  readonly #groups: RecordService<"userGroup", UserGroupJson>;
  readonly #counts = new LiveCounts();

  constructor(store: Store, groups: RecordService<"userGroup", UserGroupJson>) {
    this.#store = store;
    this.#groups = groups;
  }

  async create(call: ScimCall, body: unknown): Promise<Shown> {
    const { resource, members } = this.#read(body);
    const group = await this.#groups.create(call.actor, groupEdits(resource, members.edits));
    return this.#shown(call, group);
  }

  async get(call: ScimCall, id: string): Promise<Shown> {
    return this.#shown(call, await this.#groups.get(call.actor, whereId(id)));
  }

  async replace(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined) {
    const { resource, members } = this.#read(body);
    return this.#update(call, id, expected, [], () => groupEdits(resource, members.edits));
  }

  async patch(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined) {
    const operations = readOperations(body);
    const wants = memberWants(id, JSON.stringify(operations));
    return this.#update(call, id, expected, wants, (current, context) => {
      const members = new MemberEdits(() => membersSeen(context, current.id));
      const next = patched(groupResource(current), operations, groupType, members);
      return groupEdits(next, members.edits);
    });
  }

  async delete({ actor }: ScimCall, id: string, expected: ExpectedVersion | undefined): Promise<void> {
    await this.#groups.delete(actor, whereId(id), undefined, expected ?? "current");
  }

  async list(call: ScimCall, query: ListQuery): Promise<ListPage> {
    const store = reader(this.#store, call.actor);
    const source = {
      reader: store,
      type: "userGroup",
      count: () => this.#counts.of(store, call.actor.tenant.number, "userGroup"),
      resourceType: groupType,
      resources: async (groups: readonly StoredRecords["userGroup"][], filter: Filter | undefined) => {
        const seen =
          filter && mentions(filter, "members") ? await membersFor(store, groups, filter) : undefined;
        return groups.map((group) => {
          const members = seen?.get(group.id) ?? [];
          return withCommon(call, groupType, group, {
            ...groupResource(group),
            ...(members.length > 0 && { members }),
          });
        });
      },
    } as const;
    const { total, records } = await search(source, query);
    const resources: JsonObject[] = [];
    let shown = 0;
    for (const group of records) {
      const { resource } = await this.#shown(call, group);
      const members = resource["members"];
      shown += Array.isArray(members) ? members.length : 0;
      // A page may be shorter than asked for.
      if (shown > maxMembersShown && resources.length > 0) break;
      resources.push(resource);
    }
    return { total, resources };
  }

  #read(body: unknown): { resource: JsonObject; members: MemberEdits } {
    const members = new MemberEdits(() => []);
    const { members: _, ...resource } = normalResource(body, groupType);
    const given = Object.entries(objectOf(body)).find(([name]) => name.toLowerCase() === "members")?.[1];
    members.set(given);
    return { resource, members };
  }

  async #update(
    call: ScimCall,
    id: string,
    expected: ExpectedVersion | undefined,
    wants: readonly Want[],
    change: (current: UserGroupJson, context: DecisionContext) => ReturnType<typeof groupEdits>,
  ): Promise<Shown> {
    const reading = (current: UserGroupJson, context: DecisionContext) => ({
      ...change(current, context),
      expectedVersion: expected ?? current.version,
    });
    const { record } = await this.#groups.update(call.actor, updateOf(id), reading, wants);
    return this.#shown(call, record);
  }

  async #shown(call: ScimCall, group: UserGroupJson): Promise<Shown> {
    const store = reader(this.#store, call.actor);
    const members = call.shows("members") ? await allMembers(store, group.id, call.base) : [];
    const resource = { ...groupResource(group), ...(members.length > 0 && { members }) };
    return { resource: withCommon(call, groupType, group, resource), version: group.version };
  }
}

/** The resources of both types. */
export interface Scim {
  users: Collection;
  groups: Collection;
}

export const scimOf = (store: Store): Scim => ({
  users: new ScimUsers(store, new RecordService(userNoun, store)),
  groups: new ScimGroups(store, new RecordService(userGroupNoun, store)),
});

/** What a change of a group's members will ask for, so that it is loaded at once: the ids in the request. */
function memberWants(group: string, request: string): Want[] {
  const named = request.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi) ?? [];
  return [...new Set(named.map(canonicalId))].flatMap((id): Want[] => [
    { kind: "member", group: canonicalId(group), member: id },
    { kind: "record", type: "user", field: "id", value: id },
  ]);
}

/** The live members of a group as clients see them. */
async function allMembers(store: TenantReader, group: string, base: string): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for (let after = ""; ;) {
    const members = await store.members(group, after, memberStep);
    for (const { id, type, name } of members) {
      const of = type === "user" ? userType : groupType;
      all.push({
        value: id,
        $ref: `${base}${of.endpoint}/${id}`,
        ...(name !== null && { display: name }),
        type: of.name,
      });
    }
    const last = members.at(-1);
    if (!last || members.length < memberStep) return all;
    after = last.id;
  }
}

/** The members of a group within a command, as a filter sees them. */
function membersSeen({ view }: DecisionContext, group: string): JsonObject[] {
  const ids = view.members(group, undefined);
  const users = new Map(view.findAll("user", ids).map((user) => [user.id, user]));
  const groups = new Map(view.findAll("userGroup", ids).map((inner) => [inner.id, inner]));
  return ids.map((id) => {
    const name = groups.get(id)?.displayName ?? users.get(id)?.displayName ?? users.get(id)?.username;
    return { value: id, type: groups.has(id) ? "Group" : "User", ...(name && { display: name }) };
  });
}

/** The members of groups as far as a filter looks at them. */
async function membersFor(
  store: TenantReader,
  groups: readonly StoredRecords["userGroup"][],
  filter: Filter,
): Promise<Map<string, JsonObject[]>> {
  const named = idsNamed(filter, false);
  if (!named) {
    const all = await Promise.all(
      groups.map(async ({ id }) => [id, await allMembers(store, id, "")] as const),
    );
    return new Map(all);
  }
  const seen = new Map<string, JsonObject[]>();
  const of = await store.groupsOf(named);
  for (const [i, member] of named.entries())
    for (const { id } of of[i] ?? []) seen.set(id, [...(seen.get(id) ?? []), { value: member }]);
  return seen;
}

/** The ids of members that a filter is about; undefined if it is about more than ids. */
function idsNamed(filter: Filter, inElement: boolean): string[] | undefined {
  switch (filter.op) {
    case "and":
    case "or": {
      const [left, right] = [idsNamed(filter.left, inElement), idsNamed(filter.right, inElement)];
      return left && right && [...left, ...right];
    }
    case "not":
      return idsNamed(filter.filter, inElement);
    case "element":
      return filter.path.name === "members" ? idsNamed(filter.filter, true) : [];
    default: {
      const { name, sub } = filter.path;
      if (!inElement && name !== "members") return [];
      const isId = inElement ? name === "value" : sub === undefined || sub === "value";
      const byId = filter.op === "eq" || filter.op === "ne";
      return isId && byId && typeof filter.value === "string" ? [filter.value] : undefined;
    }
  }
}

/** Whether a filter looks at an attribute. */
function mentions(filter: Filter, attribute: string): boolean {
  if ("left" in filter) return mentions(filter.left, attribute) || mentions(filter.right, attribute);
  if (filter.op === "not") return mentions(filter.filter, attribute);
  return filter.path.name === attribute;
}
