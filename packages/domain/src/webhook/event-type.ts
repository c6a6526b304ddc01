import type { Fields } from "../record/field.ts";
import { actions, type Action } from "../record/history.ts";
import { recordTypes } from "../record-types.ts";

/** The verb in an event type, for each action of the change log. */
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

/** The event type of a change log entry, such as `customer.updated`. */
export const eventTypeOf = ({ recordType, action }: { recordType: string; action: Action }): string =>
  `${recordType}.${done[action]}`;

/**
 * The actions that the log has for a record type. Only customers and users can be erased; a merge of two
 * customers also changes the users that it moves.
 */
const actionsOf = (fields: Fields): readonly Action[] =>
  "erasedAt" in fields ? actions : ["create", "update", "delete"];

/** Every event type. */
export const eventTypes: readonly string[] = Object.entries(recordTypes).flatMap(([recordType, fields]) =>
  actionsOf(fields).map((action) => eventTypeOf({ recordType, action })),
);

const everything = "*";
const wildcardOf = (eventType: string): string => `${eventType.slice(0, eventType.indexOf("."))}.*`;

/** The values that a webhook's `events` accepts: the event types, wildcards such as `customer.*`, and `*`. */
export const eventFilters: ReadonlySet<string> = new Set([
  everything,
  ...eventTypes.map(wildcardOf),
  ...eventTypes,
]);

/** Whether an event type matches a list of event filters. */
export const isWanted = (wanted: readonly string[], eventType: string): boolean =>
  wanted.includes(everything) || wanted.includes(eventType) || wanted.includes(wildcardOf(eventType));
