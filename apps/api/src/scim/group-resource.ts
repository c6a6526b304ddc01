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
import { editsOf, type Placed } from "./edits.ts";

/** The two forms of a user group: Roster's record and SCIM's resource. The members are beside both. */

const mapped = mappedFields(userGroupFields);

/** The writable attributes of a group, without its members. */
export const groupResource = (group: UserGroupJson): JsonObject =>
  Object.fromEntries(
    mapped.flatMap(({ field, place: [name = ""] }) => {
      const value = (group as unknown as JsonObject)[field] ?? null;
      return value === null ? [] : [[name, value]];
    }),
  );

/**
 * The edits that make a group what a resource says.
 * @param members the edits of its members
 */
export function groupEdits(resource: JsonObject, members: readonly Edit[]): ParsedCreate {
  const values: Placed[] = [];
  const missing: Fault[] = [];
  for (const { field, policy, place } of mapped) {
    const [name = ""] = place;
    const value = resource[name] ?? null;
    const at = pointer(...place);
    if (value === null && !policy.nullable)
      missing.push({ pointer: at, code: "required", message: "must have a value" });
    else values.push({ field, value, at });
  }
  const { edits, faults } = editsOf(userGroupFields, values);
  return { edits: [...members, ...edits], faults: [...missing, ...faults] };
}
