import {
  authorize,
  changeSetTypes,
  may,
  RosterError,
  type Actor,
  type ChangeSetJson,
  type ChangeSetType,
  type StoredChangeSet,
} from "@roster/domain";

/** Access to change sets. It depends on the types of records that a set has changed. */

type Access = "read" | "write";
/** Whoever may read or write users may do so with user groups. */
const scopeOf = (type: ChangeSetType, access: Access) =>
  `${type === "userGroup" ? "user" : type}s:${access}` as const;

/** @throws RosterError FORBIDDEN unless the actor may access records of some type */
export function authorizeAny(actor: Actor, access: Access): void {
  if (changeSetTypes.some((type) => may(actor, scopeOf(type, access)))) return;
  authorize(actor, scopeOf(changeSetTypes[0], access));
}

/** @throws RosterError FORBIDDEN unless the actor may access records of all types that the set has changed */
export function authorizeFor(actor: Actor, { types }: Pick<StoredChangeSet, "types">, access: Access): void {
  for (const type of types) authorize(actor, scopeOf(type, access));
  // Whoever may write anything may have opened a set that has no changes yet.
  if (types.length === 0) authorizeAny(actor, access);
}

/** @throws RosterError FORBIDDEN unless the actor may read some of the records that the set has changed */
export function authorizeReading(actor: Actor, set: StoredChangeSet): void {
  const [type = changeSetTypes[0]] = set.types;
  if (!isVisible(actor, set)) authorize(actor, scopeOf(type, "read"));
}

/** Whether the actor may read some of the records that the set has changed. */
export const isVisible = (actor: Actor, { types }: StoredChangeSet): boolean =>
  types.length === 0 || types.some((type) => may(actor, scopeOf(type, "read")));

/** The set as its readers see it. */
export const shown = ({ position: _, ...set }: StoredChangeSet): ChangeSetJson => set;

export const missing = (): RosterError => new RosterError("NOT_FOUND", "there is no such change set");
