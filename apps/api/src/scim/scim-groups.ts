import { segments, type JsonObject, type UserGroupJson } from "@roster/domain";
import { groupType } from "./attributes.ts";
import { Collection, type ScimCall, type Shown } from "./collection.ts";
import { withFaultsOf } from "./edits.ts";
import { mentions, type Filter } from "./filter.ts";
import { allMembers, membersFor, membersSeen, memberWants } from "./group-members.ts";
import { groupEdits, groupResource } from "./group-resource.ts";
import { MemberEdits } from "./members.ts";
import { normalResource, objectOf, type Normal } from "./normal.ts";
import { patched, readOperations } from "./patch.ts";
import { noting } from "./scim-error.ts";

/** How many members the groups of one page show together. */
const maxMembersShown = 50_000;

/** User groups as resources of SCIM. */
export class ScimGroups extends Collection<"userGroup"> {
  readonly type = groupType;
  protected readonly recordType = "userGroup";

  async create(call: ScimCall, body: unknown): Promise<Shown> {
    const { resource, members, faults } = this.#read(body);
    const edits = groupEdits(resource, undefined, members.edits);
    const group = await this.records.create(call.actor, withFaultsOf(edits, faults));
    return this.shown(call, group);
  }

  async replace(call: ScimCall, id: string, body: unknown) {
    const { resource, members, faults } = this.#read(body);
    return this.update(call, id, (current) =>
      withFaultsOf(groupEdits(resource, current, members.edits), faults),
    );
  }

  async patch(call: ScimCall, id: string, body: unknown) {
    const operations = readOperations(body);
    const wants = memberWants(id, JSON.stringify(operations));
    return this.update(
      call,
      id,
      (current, context) => {
        const members = new MemberEdits(() => membersSeen(context, current.id));
        const next = patched(groupResource(current), operations, groupType, members);
        return groupEdits(next, current, members.edits);
      },
      wants,
    );
  }

  protected async searched(call: ScimCall, groups: readonly UserGroupJson[], filter: Filter | undefined) {
    const seen =
      filter && mentions(filter, "members") ? await membersFor(this.reader(call), groups, filter) : undefined;
    return groups.map((group) => this.#resource(call, group, seen?.get(group.id) ?? []));
  }

  protected async resources(call: ScimCall, groups: readonly UserGroupJson[]): Promise<JsonObject[]> {
    const store = this.reader(call);
    const resources: JsonObject[] = [];
    let shown = 0;
    for (const group of groups) {
      const members = call.shows("members") ? await allMembers(store, group.id, call.base) : [];
      shown += members.length;
      if (shown > maxMembersShown && resources.length > 0) break;
      resources.push(this.#resource(call, group, members));
    }
    return resources;
  }

  #resource(call: ScimCall, group: UserGroupJson, members: JsonObject[]): JsonObject {
    const resource = { ...groupResource(group), ...(members.length > 0 && { members }) };
    return this.withCommon(call, group, resource);
  }

  #read(body: unknown): Normal & { members: MemberEdits } {
    const members = new MemberEdits(() => []);
    const { resource, faults } = normalResource(body, groupType);
    const { members: _, ...others } = resource;
    const given = Object.entries(objectOf(body)).find(([name]) => name.toLowerCase() === "members")?.[1];
    const isFaulty = faults.some(({ pointer: at }) => segments(at)[0] === "members");
    if (!isFaulty) noting(faults, () => members.set(given));
    return { resource: others, faults, members };
  }
}
