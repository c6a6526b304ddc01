import {
  changeSetPageWire,
  changeSetWire,
  undoWire,
  type ChangeSetList,
  type ChangeSetOpen,
  type ChangeSetUndo,
  type ChangeSetWhere,
} from "@roster/domain";
import type { z } from "zod";
import {
  changeSetListSchema,
  changeSetNamedSchema,
  changeSetOpenSchema,
  changeSetUndoSchema,
} from "../change-set/inputs.ts";
import { forward, schemaInput, schemaMutation } from "./inputs.ts";
import { mutation, query, router } from "./trpc.ts";

const pagedSchema = changeSetListSchema.extend(forward);

/** Change sets: everything that one import, bulk request or undo did. */
export const changeSetRouter = router({
  /** Opens a set, to which bulk requests add their changes by its id. */
  open: mutation(
    schemaMutation<ChangeSetOpen | void, z.infer<typeof changeSetOpenSchema>>(changeSetOpenSchema),
    changeSetWire,
    (roster, actor, input) => roster.changeSet.open(actor, input),
  ),
  /** Closes a set: it takes no more changes. */
  close: mutation(
    schemaMutation<ChangeSetWhere, z.infer<typeof changeSetNamedSchema>>(changeSetNamedSchema),
    changeSetWire,
    (roster, actor, { where }) => roster.changeSet.close(actor, where.id),
  ),
  get: query(
    schemaInput<ChangeSetWhere, z.infer<typeof changeSetNamedSchema>>(changeSetNamedSchema),
    changeSetWire,
    (roster, actor, { where }) => roster.changeSet.get(actor, where.id),
  ),
  /** The sets, newest first. */
  list: query(
    schemaInput<ChangeSetList | void, z.infer<typeof pagedSchema>>(pagedSchema),
    changeSetPageWire,
    (roster, actor, input) => roster.changeSet.list(actor, input),
  ),
  /** Takes back what the set did, one step for each request, until the answer is done. */
  undo: mutation(
    schemaMutation<ChangeSetUndo, z.infer<typeof changeSetUndoSchema>>(changeSetUndoSchema),
    undoWire,
    (roster, actor, { where, ...request }) => roster.changeSet.undo(actor, { id: where.id, ...request }),
  ),
});
