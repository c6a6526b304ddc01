import type { Fields } from "../record/field.ts";
import type { Action } from "../record/history.ts";
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

/** What can be done with the records of a type: people can also be erased, and customers merged. */
const actionsOf = (fields: Fields): Action[] => [
  "create",
  "update",
  "delete",
  ...("erasedAt" in fields ? (["restore", "revert", "erase"] as const) : []),
  ...("mergedInto" in fields ? (["merge", "unmerge"] as const) : []),
];

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
