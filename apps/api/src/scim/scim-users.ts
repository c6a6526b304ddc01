import {
  caseFolded,
  foldedTerm,
  type ExpectedVersion,
  type Fault,
  type JsonObject,
  type StoredRecords,
  type UserJson,
} from "@roster/domain";
import type { Store } from "../record/command.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";
import type { Want } from "../store/database.ts";
import { groupType, userType } from "./attributes.ts";
import {
  reader,
  updateOf,
  whereId,
  withCommon,
  type Collection,
  type ListPage,
  type ScimCall,
  type Shown,
} from "./collection.ts";
import { mentions, type Filter } from "./filter.ts";
import { LiveCounts } from "./live-counts.ts";
import { normalResource } from "./normal.ts";
import { maxUserOperations, patched, readOperations } from "./patch.ts";
import { search, type ListQuery } from "./search.ts";
import { userEdits, userResource } from "./user-resource.ts";

/** Users as resources of SCIM. */
export class ScimUsers implements Collection {
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
    const operations = readOperations(body, maxUserOperations);
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

/** The fault of a username that another user has in another case. Roster itself refuses the same one. */
function nameFaults(resource: JsonObject, current: UserJson | undefined, { view }: DecisionContext): Fault[] {
  const name = resource["userName"];
  if (typeof name !== "string" || name === current?.id) return [];
  if (typeof current?.username === "string" && caseFolded(current.username) === caseFolded(name)) return [];
  const others = view.alike("user", "userName", foldedTerm(name)).filter(({ id }) => id !== current?.id);
  if (others.length === 0 || others.some(({ username }) => username === name)) return [];
  return [{ pointer: "/userName", code: "taken", message: `${JSON.stringify(name)} is taken` }];
}

/** What `nameFaults` looks at. */
const nameWants = ({ userName }: JsonObject): Want[] =>
  typeof userName === "string"
    ? [{ kind: "alike", type: "user", field: "userName", term: foldedTerm(userName) }]
    : [];
