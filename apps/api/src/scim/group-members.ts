import { canonicalId, type JsonObject, type UserGroupJson } from "@roster/domain";
import type { DecisionContext } from "../record/noun.ts";
import type { TenantReader, Want } from "../store/database.ts";
import { groupType, userType } from "./attributes.ts";
import type { Filter } from "./filter.ts";

/** Reads of the members of groups. */

/** How many members are read at a time. */
const memberStep = 2_000;

/** The data for a change of a group's members, loaded at once: that about the ids in the request. */
export function memberWants(group: string, request: string): Want[] {
  const named = request.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi) ?? [];
  return [...new Set(named.map(canonicalId))].flatMap((id): Want[] => [
    { kind: "member", group: canonicalId(group), member: id },
    { kind: "candidate", id },
  ]);
}

/** The live members of a group, in pages. */
export async function* memberPages(store: TenantReader, group: string, size: number) {
  for (let after: string | undefined = ""; after !== undefined;) {
    const members = await store.members(group, after, size);
    yield members;
    after = members.length < size ? undefined : members.at(-1)?.id;
  }
}

/** The live members of a group as clients see them. */
export async function allMembers(store: TenantReader, group: string, base: string): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for await (const members of memberPages(store, group, memberStep)) {
    for (const { id, type, name } of members) {
      const of = type === "user" ? userType : groupType;
      all.push({
        value: id,
        $ref: `${base}${of.endpoint}/${id}`,
        ...(name !== null && { display: name }),
        type: of.core.name,
      });
    }
  }
  return all;
}

/** The members of a group within a command, as a filter sees them. */
export function membersSeen({ view }: DecisionContext, group: string): JsonObject[] {
  const ids = view.members(group, undefined);
  const users = new Map(view.findAll("user", ids).map((user) => [user.id, user]));
  const groups = new Map(view.findAll("userGroup", ids).map((inner) => [inner.id, inner]));
  return ids.map((id) => {
    const name = groups.get(id)?.displayName ?? users.get(id)?.displayName ?? users.get(id)?.username;
    return { value: id, type: groups.has(id) ? "Group" : "User", ...(name && { display: name }) };
  });
}

/** The members of groups as far as a filter looks at them. */
export async function membersFor(
  store: TenantReader,
  groups: readonly UserGroupJson[],
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
