import { canonicalName, type Change, type Fault, type UniqueName, type Where } from "@roster/domain";
import type { Given } from "./wire-format.ts";

/** Names a record by a format's `{id}`: Roster's id, or otherwise a key that callers choose. */
export interface Naming<Key extends UniqueName> {
  param: string;
  key: Key;
}

export const whereOf = ({ param, key }: Naming<UniqueName>): Where[] => [
  { field: "id", value: param },
  { field: key, value: param },
];

/**
 * The id in a reply: the one that the caller used, or the new key if the request changed it.
 *
 * @param changes the changes that the request made
 */
export function idFor<Key extends UniqueName>(
  { param, key }: Naming<Key>,
  record: { id: string } & Record<Key, string | null>,
  changes: readonly Change[] = [],
): string {
  const renamed = changes.some(({ path }) => path === `/${key}`);
  return renamed && !isId(param, record) ? (record[key] ?? record.id) : param;
}

/** UUIDs are compared without regard to case (RFC 9562, section 4). */
const isId = (text: string, { id }: { id: string }): boolean => text.toLowerCase() === id;

/** Checks that an `id` in the body names the same record as the path. */
export function identityFaults<Key extends UniqueName>(
  { members }: Given,
  { param, key }: Naming<Key>,
  record: { id: string } & Record<Key, string | null>,
): Fault[] {
  const id = members.get("id");
  if (id === undefined) return [];
  if (typeof id.value !== "string") {
    return [{ pointer: id.at, code: "invalid_type", message: "must be a text" }];
  }
  if ([param, record[key], canonicalName(param)].includes(canonicalName(id.value)) || isId(id.value, record))
    return [];
  return [{ pointer: id.at, code: "ambiguous", message: "is not the id of the record in the path" }];
}
