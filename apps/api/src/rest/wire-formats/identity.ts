import { canonicalName, type Change, type Fault, type UniqueName, type Where } from "@roster/domain";
import type { Given } from "./wire-format.ts";

/** How a format's `{id}` names a record: by Roster's id, or else by a key that callers choose. */
export interface Naming<Key extends UniqueName> {
  param: string;
  key: Key;
}

export const whereOf = ({ param, key }: Naming<UniqueName>): Where[] => [
  { field: "id", value: param },
  { field: key, value: param },
];

/**
 * The id of a reply: the one that the caller used, or the new one of a key that the request changed.
 *
 * @param changes what the request changed
 */
export function idFor<Key extends UniqueName>(
  { param, key }: Naming<Key>,
  record: { id: string } & Record<Key, string | null>,
  changes: readonly Change[] = [],
): string {
  const renamed = changes.some(({ path }) => path === `/${key}`);
  return renamed && !isId(param, record) ? (record[key] ?? record.id) : param;
}

/** UUIDs are the same in capitals (RFC 9562, section 4). */
const isId = (text: string, { id }: { id: string }): boolean => text.toLowerCase() === id;

/** The faults of an `id` in the body, which must name the path's record. */
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
  return [{ pointer: id.at, code: "ambiguous", message: "is not the id of the record that the path names" }];
}
