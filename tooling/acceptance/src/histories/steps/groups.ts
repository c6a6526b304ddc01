import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";

/** Commands about the members of user groups, through Roster's own procedures and as an identity provider. */

/** Some users and groups that can be members. */
function candidates({ random, model }: History): string[] {
  const all = [...model.of("user"), ...model.of("userGroup")].filter(({ erased }) => !erased);
  if (all.length === 0) return [];
  return [...new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(all).id))];
}

export async function createGroup(history: History): Promise<void> {
  const members = candidates(history).filter((id) => history.model.current(id).deletedAt === null);
  await history.command("userGroup.create", { displayName: history.mark(), members });
}

export async function changeMembers(history: History): Promise<void> {
  const { random } = history;
  const group = history.some("userGroup");
  if (!group) return;
  const input: JsonObject = { where: { id: group.id } };
  if (random.chance(0.3)) input["patch"] = { members: candidates(history) };
  else {
    const present = Object.keys((group.state["members"] ?? {}) as JsonObject);
    input["add"] = { members: candidates(history) };
    if (present.length > 0 && random.chance(0.6)) {
      const gone = random.pick(present);
      input["remove"] = { members: [gone] };
      input["add"] = { members: (input["add"]["members"] as string[]).filter((id) => id !== gone) };
    }
  }
  await history.command("userGroup.update", input);
}

export async function patchMembersByScim(history: History): Promise<void> {
  const { random } = history;
  const group = history.some("userGroup");
  if (!group) return;
  const members = candidates(history);
  const operation = random.pick([
    { op: "add", path: "members", value: members.map((value) => ({ value })) },
    { op: "replace", path: "members", value: members.map((value) => ({ value })) },
    { op: "remove", path: `members[value eq "${members[0] ?? group.id}"]` },
    { op: "replace", path: "displayName", value: history.mark() },
  ]);
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
  await history.scim("PATCH", `/Groups/${group.id}`, { schemas, Operations: [operation] });
}
