import type { ChangeSet } from "@roster/domain";
import type { Counts } from "../../ui/figures.tsx";
import { work } from "../../work-messages.ts";

const words = work.changeSets;

/** The name by which people know a change set. */
export const nameOfSet = ({ name, kind }: Pick<ChangeSet, "name" | "kind">): string =>
  kind === "undo" && name !== null ? words.undoOf(name) : (name ?? words.noName[kind]);

/** The numbers of records by outcome in a change set. */
export const countsOf = ({ created, updated, deleted, restored, refused, kind }: ChangeSet): Counts => ({
  created,
  updated,
  deleted,
  restored,
  [kind === "undo" ? "left" : "refused"]: refused,
});

/** The number of changes that a change set made. */
export const sizeOf = ({ created, updated, deleted, restored }: ChangeSet): number =>
  created + updated + deleted + restored;

/** Whether an undo of the set has begun and not ended. */
export const isUndone = ({ undoneBy }: ChangeSet): boolean => undoneBy !== null;
