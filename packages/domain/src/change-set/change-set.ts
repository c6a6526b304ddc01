import type { Actor } from "../actor.ts";
import { RosterError, type ErrorBody } from "../errors.ts";
import type { Change } from "../record/change.ts";
import { text } from "../record/field.ts";
import type { Action, LoggedChange, Page } from "../record/history.ts";
import type { Count, FindInput, PageInput } from "../record/list-input.ts";
import { instantsWire, pageWire, type Wire } from "../wire.ts";

/**
 * Change sets: everything that one import, one bulk request or one undo did. Each change of a set carries the
 * set's id in the log. A set that is open takes the changes of further requests.
 */

export const changeSetKinds = ["import", "bulk", "undo"] as const;
export type ChangeSetKind = (typeof changeSetKinds)[number];

/** The types of records whose changes can belong to a set. */
export const changeSetTypes = ["customer", "user", "userGroup"] as const;
export type ChangeSetType = (typeof changeSetTypes)[number];

/** The numbers of a set's changes, by what they did. A record that was changed twice counts twice. */
export interface ChangeSetCounts {
  created: number;
  updated: number;
  deleted: number;
  restored: number;
  /** The items that were refused; for an undo, the records that it left as they are. */
  refused: number;
}

/** A change set as plain JSON, the form on the wire. */
export interface ChangeSetJson extends ChangeSetCounts {
  id: string;
  name: string | null;
  kind: ChangeSetKind;
  /** The actor that opened it. */
  actor: string;
  /** The person on whose behalf the actor said that it acted; null if it named nobody. */
  onBehalfOf: string | null;
  /** The surface that it was opened through, as in the history. */
  source: string;
  reason: string | null;
  openedAt: string;
  /** When it was closed; null while it takes changes. */
  closedAt: string | null;
  /** The types of records that it changed. */
  types: ChangeSetType[];
  /** The `seq` of its first and last change in the log; null if it has none. Other changes can lie between. */
  firstSeq: number | null;
  lastSeq: number | null;
  /** The change set that this one takes back; null unless it is an undo. */
  undoes: string | null;
  /** The latest undo of this set; null if there is none. */
  undoneBy: string | null;
}

/** A change set as typed clients read it. */
export interface ChangeSet extends Omit<ChangeSetJson, "openedAt" | "closedAt"> {
  openedAt: Date;
  closedAt: Date | null;
}

/** A change set as it is stored. */
export interface StoredChangeSet extends ChangeSetJson {
  /** Where an unfinished change goes on that is made in steps, such as an undo; null otherwise. */
  position: string | null;
}

/** The policy of a set's name. */
export const changeSetName = text({
  nullable: false,
  min: 1,
  description: "For people, such as the name of the imported file.",
});

/** A new change set. */
export const openChangeSet = (
  given: Pick<StoredChangeSet, "id" | "kind" | "actor" | "source" | "openedAt"> & Partial<StoredChangeSet>,
): StoredChangeSet => ({
  name: null,
  reason: null,
  closedAt: null,
  types: [],
  firstSeq: null,
  lastSeq: null,
  undoes: null,
  undoneBy: null,
  position: null,
  onBehalfOf: null,
  created: 0,
  updated: 0,
  deleted: 0,
  restored: 0,
  refused: 0,
  ...given,
});

/** The fields of a change set that identify the actor that opens it. */
export const openedBy = ({ id, onBehalfOf, source }: Pick<Actor, "id" | "onBehalfOf" | "source">) => ({
  actor: id,
  onBehalfOf: onBehalfOf ?? null,
  source,
});

const counters: Record<Action, keyof ChangeSetCounts> = {
  create: "created",
  update: "updated",
  revert: "updated",
  merge: "updated",
  unmerge: "updated",
  delete: "deleted",
  erase: "deleted",
  restore: "restored",
};

/** A change set with one more change. */
export function withChange(
  set: StoredChangeSet,
  { seq, action, recordType }: Pick<LoggedChange, "seq" | "action" | "recordType">,
): StoredChangeSet {
  const counter = counters[action];
  const type = recordType as ChangeSetType;
  return {
    ...set,
    firstSeq: set.firstSeq ?? seq,
    lastSeq: seq,
    types: set.types.includes(type) ? set.types : [...set.types, type],
    [counter]: set[counter] + 1,
  };
}

/**
 * The change set, if it takes changes.
 * @throws RosterError NOT_FOUND, or CONFLICT if it is closed or an undo
 */
export function requireOpen(set: StoredChangeSet | undefined): StoredChangeSet {
  if (!set) throw new RosterError("NOT_FOUND", "there is no such change set");
  if (set.kind === "undo")
    throw new RosterError("CONFLICT", "the change set is an undo, which takes no more");
  if (set.closedAt === null) return set;
  throw new RosterError("CONFLICT", `the change set was closed at ${set.closedAt}`);
}

export interface ChangeSetOpen {
  /** A name for people, such as that of the imported file; at most 255 characters. */
  name?: string | undefined;
  /** `bulk` (default) or `import`. */
  kind?: Exclude<ChangeSetKind, "undo"> | undefined;
  /** The reason, kept with the set; at most 1,000 characters. */
  reason?: string | undefined;
}

/** Names a change set. */
export interface ChangeSetWhere {
  where: { id: string };
}

export interface ChangeSetList extends PageInput {
  /** Only sets of this kind. */
  kind?: ChangeSetKind | undefined;
}

export interface ChangeSetUndo extends ChangeSetWhere {
  /** The reason, kept with the undo and in the history of the records. */
  reason?: string | undefined;
  /** Says what this step would do, and stores nothing. */
  dryRun?: boolean | undefined;
  /** `cursor` of the previous step of a dry run. A real undo continues by itself. */
  cursor?: string | undefined;
}

/** The outcome of an undo for one record. */
export type UndoneItem =
  | {
      recordType: ChangeSetType;
      id: string;
      /** `unchanged`: nothing is left to take back. */
      outcome: "deleted" | "restored" | "updated" | "unchanged";
      /** The record's version afterwards; for a dry run, its current one. */
      version: number;
      /** The changes that the undo would make. Only in a dry run. */
      changes?: Change[];
      error?: undefined;
    }
  | {
      recordType: ChangeSetType;
      id: string;
      /** Nothing of the record was taken back: `error` says why. */
      outcome: "left";
      error: ErrorBody;
    };

/** The result of one step of an undo. */
export interface UndoResult<Set> {
  /** The change set of the undo; null for a dry run. */
  changeSet: Set | null;
  /** The records that this step dealt with. */
  items: UndoneItem[];
  /** How much of the set's stretch of the log has been dealt with, in rows. */
  progress: { done: number; total: number };
  /** False: request the same undo again for the next step. */
  done: boolean;
  /** The cursor of the next step of a dry run; null for a real undo, and after the last step. */
  cursor: string | null;
  replayed?: true;
}

/** A change of all records that match. */
export interface ChangeWhere<Filter> extends Pick<FindInput<Filter>, "search"> {
  /** Conditions that must all hold, as in a list. Without a `search`, there must be at least one. */
  filter?: Filter | undefined;
  /** The name of the change set. */
  name?: string | undefined;
  /** The reason, kept with the change set and in the history of the records. */
  reason?: string | undefined;
  /** Says how many records match and what would happen to the first ten, and stores nothing. */
  dryRun?: boolean | undefined;
  /** The id of the change set of an earlier answer that was not `done`: continues it. */
  resume?: string | undefined;
}

/** The input of `updateWhere`: the blocks of an update apply to each record. */
export type UpdateWhereInput<Filter, Update> = ChangeWhere<Filter> &
  Pick<Update, Extract<keyof Update, "patch" | "replace" | "add" | "remove">>;

export interface DeleteWhereInput<Filter> extends ChangeWhere<Filter> {}

/** The outcome of a change of all matching records for one of them. */
export type ChangedItem =
  | {
      id: string;
      outcome: "updated" | "deleted" | "unchanged";
      /** The record's current version. */
      version: number;
      /** The changes that the request would make. */
      changes: Change[];
      error?: undefined;
    }
  | { id: string; outcome: "refused"; error: ErrorBody };

/** The result of `updateWhere` and `deleteWhere`. */
export interface ChangedWhere<Set> {
  /** The change set, with the numbers of all changes so far; null for a dry run. */
  changeSet: Set | null;
  /** How many records match. Only for a dry run. */
  matched: Count | null;
  /** The first ten records in a dry run; otherwise the records that were refused, at most 1,000. */
  items: ChangedItem[];
  /** False: request the same again, with the same idempotency key or with `resume`. */
  done: boolean;
  /** The change was done before this request, which did nothing. */
  replayed?: true;
}

export const changeSetWire: Wire<ChangeSetJson, ChangeSet> = instantsWire(["openedAt", "closedAt"]);
export const changeSetPageWire: Wire<Page<ChangeSetJson>, Page<ChangeSet>> = pageWire(changeSetWire);
export const undoWire: Wire<UndoResult<ChangeSetJson>, UndoResult<ChangeSet>> = {
  decode: (result) => ({ ...result, changeSet: result.changeSet && changeSetWire.decode(result.changeSet) }),
};
export const changedWhereWire: Wire<ChangedWhere<ChangeSetJson>, ChangedWhere<ChangeSet>> = {
  decode: (result) => ({ ...result, changeSet: result.changeSet && changeSetWire.decode(result.changeSet) }),
};
