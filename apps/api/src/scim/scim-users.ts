import { caseFolded, foldedTerm, type Fault, type JsonObject, type UserJson } from "@roster/domain";
import type { DecisionContext } from "../record/noun.ts";
import type { Want } from "../store/database.ts";
import { groupType, userType } from "./attributes.ts";
import { Collection, type ScimCall, type Shown } from "./collection.ts";
import { withFaultsOf } from "./edits.ts";
import { mentions, type Filter } from "./filter.ts";
import { normalResource, type Normal } from "./normal.ts";
import { maxUserOperations, patched, readOperations } from "./patch.ts";
import { userEdits, userResource } from "./user-resource.ts";

/** Users as resources of SCIM. */
export class ScimUsers extends Collection<"user"> {
  readonly type = userType;
  protected readonly recordType = "user";

  async create(call: ScimCall, body: unknown): Promise<Shown> {
    const { resource, faults } = normalResource(body, userType);
    const user = await this.records.create(call.actor, withFaultsOf(userEdits(resource, undefined), faults), {
      wants: nameWants(resource),
      faults: (context) => nameFaults(resource, undefined, context),
    });
    return this.shown(call, user);
  }

  async replace(call: ScimCall, id: string, body: unknown) {
    const normal = normalResource(body, userType);
    return this.#change(call, id, () => normal);
  }

  async patch(call: ScimCall, id: string, body: unknown) {
    const operations = readOperations(body, maxUserOperations);
    return this.#change(call, id, (current) => ({
      resource: patched(current, operations, userType),
      faults: [],
    }));
  }

  #change(call: ScimCall, id: string, change: (current: JsonObject) => Normal): Promise<Shown> {
    return this.update(call, id, (current, context) => {
      const { resource, faults } = change(userResource(current));
      const names = nameFaults(resource, current, context);
      return withFaultsOf(userEdits(resource, current), [...faults, ...names]);
    });
  }

  protected searched(call: ScimCall, users: readonly UserJson[], filter: Filter | undefined) {
    const shows = (name: string) => name === "groups" && !!filter && mentions(filter, name);
    return this.resources({ ...call, shows }, users);
  }

  protected async resources(call: ScimCall, users: readonly UserJson[]): Promise<JsonObject[]> {
    const ids = call.shows("groups") ? users.map(({ id }) => id) : [];
    const groups = await this.reader(call).groupsOf(ids);
    return users.map((user, i) => {
      const of = (groups[i] ?? []).map(({ id, displayName }) => ({
        value: id,
        $ref: `${call.base}${groupType.endpoint}/${id}`,
        display: displayName,
        type: "direct",
      }));
      const resource = { ...userResource(user), ...(of.length > 0 && { groups: of }) };
      return this.withCommon(call, user, resource);
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

/** The records that `nameFaults` compares. */
const nameWants = ({ userName }: JsonObject): Want[] =>
  typeof userName === "string"
    ? [{ kind: "alike", type: "user", field: "userName", term: foldedTerm(userName) }]
    : [];
