import {
  pointer,
  userGroupFields,
  type Edit,
  type Fault,
  type JsonObject,
  type ParsedCreate,
  type UserGroupJson,
} from "@roster/domain";
import { mappedFields } from "./attributes.ts";
import { editsOf, sentOf, take, withFields, withSent, type Placed } from "./edits.ts";

/**
 * The two forms of a user group: Roster's record and SCIM's resource. The members are beside both. Extensions
 * that were sent are kept as they were.
 */

const mapped = mappedFields(userGroupFields);

/** The writable attributes of a group, without its members. */
export const groupResource = (group: UserGroupJson): JsonObject =>
  withFields(structuredClone(sentOf(group)), mapped, group);

/**
 * The edits that set a group to the state of a resource. Attributes that the resource lacks are cleared.
 *
 * @param current the group that is updated; undefined for a new one
 * @param members the edits of its members
 */
export function groupEdits(
  resource: JsonObject,
  current: UserGroupJson | undefined,
  members: readonly Edit[],
): ParsedCreate {
  const values: Placed[] = [];
  const missing: Fault[] = [];
  const sent = { ...resource };
  for (const { field, policy, place } of mapped) {
    const value = take(sent, place);
    const at = pointer(...place);
    if (value === null && !policy.nullable)
      missing.push({ pointer: at, code: "required", message: "must have a value" });
    else values.push({ field, value, at });
  }
  values.push({ field: "properties", value: withSent(current?.properties ?? null, sent), at: "" });
  const { edits, faults } = editsOf(userGroupFields, values);
  return { edits: [...members, ...edits], faults: [...missing, ...faults] };
}
