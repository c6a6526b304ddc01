import * as z from "zod";
import { recordTypes, type RecordType } from "../record-types.ts";
import { idSchema } from "./list-input.ts";

/** The change log as readers follow it: a tenant's changes in the order of their `seq`. */

/** Which changes a reader wants; all that it may read where nothing is said. */
export interface ChangeFilter<Type extends RecordType = RecordType> {
  /** Changes of records of these types. */
  types?: readonly Type[] | undefined;
  /** Changes of the records with these ids, 100 at most. */
  ids?: readonly string[] | undefined;
}

export interface ChangeListInput<Type extends RecordType = RecordType> extends ChangeFilter<Type> {
  /** The `seq` of the last change that the reader has; default 0, the beginning. */
  after?: number | undefined;
  /** `next` of the page before, which counts instead of `after`: infinite queries go on by it. */
  cursor?: number | undefined;
  /** At most this many changes, 1 to 1,000; default 100. There can be fewer although there are more. */
  limit?: number | undefined;
}

export interface ChangeWatchInput<Type extends RecordType = RecordType> extends ChangeFilter<Type> {
  /** The `seq` of the last change that the reader has. When missing, the feed begins with what comes. */
  after?: number | undefined;
  /** The id of the last event that the reader has: it goes on there, whatever `after` says. */
  lastEventId?: string | undefined;
}

/** Some changes in order, and where to go on. */
export interface ChangePage<Entry> {
  items: Entry[];
  /** What `after` is of the next request: all up to here that fits the filter has been given. */
  next: number;
  /** Whether there are more changes already. */
  more: boolean;
}

/** One event of the feed. */
export interface FeedEvent<Entry> {
  /** All up to here that fits the filter has been given. */
  seq: number;
  /** The change with this `seq`; null where the feed only says how far it is. */
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
