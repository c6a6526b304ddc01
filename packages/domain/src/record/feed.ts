import * as z from "zod";
import { recordTypes, type RecordType } from "../record-types.ts";
import { idSchema } from "./list-input.ts";

/** The types of the change feed: a tenant's changes in the order of their `seq`. */

/** Selects changes. An empty filter selects every change that the token may read. */
export interface ChangeFilter<Type extends RecordType = RecordType> {
  /** Only changes of records of these types. */
  types?: readonly Type[] | undefined;
  /** Only changes of the records with these ids, at most 100. */
  ids?: readonly string[] | undefined;
}

export interface ChangeListInput<Type extends RecordType = RecordType> extends ChangeFilter<Type> {
  /** The `seq` of the last change that the reader has. Default 0: from the beginning. */
  after?: number | undefined;
  /** `next` of the previous page; overrides `after`. Infinite queries use it. */
  cursor?: number | undefined;
  /** The maximum number of changes, 1 to 1,000; default 100. A page can be shorter even if more follow. */
  limit?: number | undefined;
}

export interface ChangeWatchInput<Type extends RecordType = RecordType> extends ChangeFilter<Type> {
  /** The `seq` of the last change that the reader has. If missing, the feed starts with the next change. */
  after?: number | undefined;
  /** The id of the last event that the reader has; overrides `after`. */
  lastEventId?: string | undefined;
}

/** A page of changes in order, and the position to continue from. */
export interface ChangePage<Entry> {
  items: Entry[];
  /** The next request's `after`: every matching change up to here has been returned. */
  next: number;
  /** Whether more changes exist already. */
  more: boolean;
}

/** One event of the feed. */
export interface FeedEvent<Entry> {
  /** Every matching change up to this position has been sent. */
  seq: number;
  /** The change with this `seq`; null if the event only reports the position. */
  change: Entry | null;
}

const seq = z.int().min(0);
const filter = {
  types: z
    .array(z.enum(Object.keys(recordTypes) as RecordType[]))
    .min(1)
    .max(Object.keys(recordTypes).length)
    .optional(),
  ids: z.array(idSchema).min(1).max(100).optional(),
};

export const changeListSchema = z.strictObject({
  after: seq.default(0),
  limit: z.int().min(1).max(1_000).default(100),
  ...filter,
});

export const changeWatchSchema = z.strictObject({
  after: seq.optional(),
  lastEventId: z
    .string()
    .regex(/^\d{1,16}$/, "is not the id of an event of this feed")
    .optional(),
  ...filter,
});
