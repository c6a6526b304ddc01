import type { Fields } from "../record/field.ts";
import { actions, type Action } from "../record/history.ts";
import { recordTypes } from "../record-types.ts";

/** What an event says that was done, for each action of the change log. */
const done = {
  create: "created",
  update: "updated",
  delete: "deleted",
  restore: "restored",
  revert: "reverted",
  merge: "merged",
  unmerge: "unmerged",
  erase: "erased",
} as const satisfies Record<Action, string>;

/** The type of the event that an entry of the change log is, such as `customer.updated`. */
export const eventTypeOf = ({ recordType, action }: { recordType: string; action: Action }): string =>
  `${recordType}.${done[action]}`;

/**
 * What the log can say of the records of a type. Customers and users can be erased; a merge of two customers
 * also changes the users that it moves from the one to the other.
 */
const actionsOf = (fields: Fields): readonly Action[] =>
  "erasedAt" in fields ? actions : ["create", "update", "delete"];

/** Every type of event that there is. */
export const eventTypes: readonly string[] = Object.entries(recordTypes).flatMap(([recordType, fields]) =>
  actionsOf(fields).map((action) => eventTypeOf({ recordType, action })),
);

const everything = "*";
const wildcardOf = (eventType: string): string => `${eventType.slice(0, eventType.indexOf("."))}.*`;

/** All that a list of wanted events can hold: the types, `customer.*` and its likes, and `*`. */
export const eventFilters: ReadonlySet<string> = new Set([
  everything,
  ...eventTypes.map(wildcardOf),
  ...eventTypes,
]);

/** Whether an event of this type is among those that are wanted. */
export const isWanted = (wanted: readonly string[], eventType: string): boolean =>
  wanted.includes(everything) || wanted.includes(eventType) || wanted.includes(wildcardOf(eventType));
