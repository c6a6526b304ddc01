import {
  entryChanges,
  segments,
  type Actor,
  type Member,
  type Page,
  type UserGroupJson,
} from "@roster/domain";
import type { Alternatives } from "../record/command.ts";
import { cursors, positions } from "../record/cursor.ts";
import { RecordService } from "../record/record-service.ts";

/** All operations on user groups. */
export class UserGroups extends RecordService<"userGroup", UserGroupJson> {
  /**
   * A page of the live members of a user group, in the order of their ids.
   * @param version shows the members that the group had at this version
   */
  async members(
    actor: Actor,
    where: Alternatives,
    { version, limit, cursor }: { version?: number | undefined; limit: number; cursor?: string | undefined },
  ): Promise<Page<Member>> {
    const { id } = await this.get(actor, where);
    const { read, page } = cursors([actor.tenant.number, "members", id, version ?? null], positions.text);
    const after = read(cursor) ?? "";
    const found =
      version === undefined
        ? await this.of(actor).members(id, after, limit + 1)
        : await this.#membersAt(actor, id, version, after, limit + 1);
    return page(found, limit, (member) => member.id);
  }

  async #membersAt(
    actor: Actor,
    id: string,
    version: number,
    after: string,
    limit: number,
  ): Promise<Member[]> {
    const reader = this.of(actor);
    // Read before the log: what changes in between is in the log, too.
    const then = new Set(await reader.memberIds(id));
    const group = await this.at(actor, [{ field: "id", value: id }], { version });
    for (const { path, to } of entryChanges(group)) {
      const member = segments(path)[1] as string;
      if (to === undefined) then.delete(member);
      else then.add(member);
    }
    const ids = [...then].filter((one) => one > after).toSorted((a, b) => (a < b ? -1 : 1));
    const found: Member[] = [];
    for (let at = 0; at < ids.length && found.length < limit; at += limit) {
      const some = ids.slice(at, at + limit);
      const named = new Map<string, Member>();
      for (const { id: user, displayName, username } of await reader.findAll("user", some))
        named.set(user, { id: user, type: "user", name: displayName ?? username });
      const others = some.filter((one) => !named.has(one));
      for (const { id: group, displayName } of await reader.findAll("userGroup", others))
        named.set(group, { id: group, type: "userGroup", name: displayName });
      found.push(...some.flatMap((one) => named.get(one) ?? []));
    }
    return found.slice(0, limit);
  }
}
