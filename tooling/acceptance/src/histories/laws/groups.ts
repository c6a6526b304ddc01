import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import type { Shown } from "../model.ts";
import { same } from "../wrong.ts";

/** A group's members and a user's groups agree, in Roster's own procedures and in SCIM, and so do the records. */
export async function checkGroups(
  history: History,
  users: readonly Shown[],
  groups: readonly Shown[],
): Promise<void> {
  const { door, model, random } = history;
  const live = new Set([...users, ...groups].map(({ id }) => id));
  const groupsOf = new Map<string, string[]>();
  const [someGroups, someUsers] = [some(history, groups), some(history, users)];
  for (const { id } of groups) {
    const { members } = model.records.get(id)?.state ?? {};
    const expected = Object.keys((members ?? {}) as JsonObject)
      .filter((member) => live.has(member))
      .toSorted();
    for (const member of expected) groupsOf.set(member, [...(groupsOf.get(member) ?? []), id]);
    if (!someGroups.has(id)) continue;
    const listed = await door.all("userGroup.members", { where: { id }, limit: 1 + random.below(5) });
    same(idsOf(listed), expected, `the members of user group ${id}`);
    const { body } = await door.send("GET", `/scim/v2/Groups/${id}`);
    same(valuesOf(body["members"]), expected, `the members of user group ${id} in SCIM`);
  }
  for (const user of users) {
    const { id } = user;
    if (!someUsers.has(id)) continue;
    const expected = (groupsOf.get(id) ?? []).toSorted();
    const listed = await door.all("userGroup.list", { filter: { member: id }, limit: 1 + random.below(5) });
    same(idsOf(listed), expected, `the user groups with the member ${id}`);
    const { body } = await door.send("GET", `/scim/v2/Users/${id}`);
    same(valuesOf(body["groups"]), expected, `the groups of user ${id} in SCIM`);
    checkUser(user, body);
  }
}

/** The ids of up to twenty records. */
const some = ({ random }: History, records: readonly Shown[]): Set<string> =>
  new Set(Array.from({ length: Math.min(records.length, 20) }, () => random.pick(records).id));

/** SCIM shows the values of the record. */
function checkUser(user: Shown, resource: JsonObject): void {
  const name = (resource["name"] ?? {}) as JsonObject;
  const shown = {
    userName: resource["userName"],
    active: resource["active"],
    title: resource["title"] ?? null,
    displayName: resource["displayName"] ?? null,
    nickName: resource["nickName"] ?? null,
    externalId: resource["externalId"] ?? null,
    firstName: name["givenName"] ?? null,
    lastName: name["familyName"] ?? null,
  };
  const { active, title, displayName, nickName, externalId, firstName, lastName } = user;
  const own = { active, title, displayName, nickName, externalId, firstName, lastName };
  same(shown, { userName: user["username"] ?? user.id, ...own }, `user ${user.id} in SCIM`);
  const addresses = ((resource["emails"] ?? []) as JsonObject[]).map(({ value }) => value);
  if (user["email"] !== null && !addresses.includes(user["email"]))
    same(addresses, [user["email"]], `the addresses of user ${user.id} in SCIM`);
}

const idsOf = (records: readonly JsonObject[]): string[] => records.map(({ id }) => id as string).toSorted();
const valuesOf = (references: unknown): string[] =>
  ((references ?? []) as JsonObject[]).map(({ value }) => value as string).toSorted();
