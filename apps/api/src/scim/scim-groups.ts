import type { ExpectedVersion, JsonObject, StoredRecords, UserGroupJson } from "@roster/domain";
import type { Store } from "../record/command.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";
import type { Want } from "../store/database.ts";
import { groupType } from "./attributes.ts";
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
import { allMembers, membersFor, membersSeen, memberWants } from "./group-members.ts";
import { groupEdits, groupResource } from "./group-resource.ts";
import { LiveCounts } from "./live-counts.ts";
import { MemberEdits } from "./members.ts";
import { normalResource, objectOf } from "./normal.ts";
import { patched, readOperations } from "./patch.ts";
import { search, type ListQuery } from "./search.ts";

/** How many members the groups of one page show together. */
const maxMembersShown = 50_000;

/** User groups as resources of SCIM. */
export class ScimGroups implements Collection {
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
    const group = await this.#groups.create(call.actor, groupEdits(resource, undefined, members.edits));
    return this.#shown(call, group);
  }

  async get(call: ScimCall, id: string): Promise<Shown> {
    return this.#shown(call, await this.#groups.get(call.actor, whereId(id)));
  }

  async replace(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined) {
    const { resource, members } = this.#read(body);
    return this.#update(call, id, expected, [], (current) => groupEdits(resource, current, members.edits));
  }

  async patch(call: ScimCall, id: string, body: unknown, expected: ExpectedVersion | undefined) {
    const operations = readOperations(body);
    const wants = memberWants(id, JSON.stringify(operations));
    return this.#update(call, id, expected, wants, (current, context) => {
      const members = new MemberEdits(() => membersSeen(context, current.id));
      const next = patched(groupResource(current), operations, groupType, members);
      return groupEdits(next, current, members.edits);
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
