import {
  changeSetWire,
  overviewWire,
  plain,
  type OverviewInput,
  type SavedView,
  type SavedViewCreate,
  type SavedViewUpdate,
  type ShownActor,
} from "@roster/domain";
import type { z } from "zod";
import {
  actorsSchema,
  overviewSchema,
  viewCreateSchema,
  viewNamedSchema,
  viewUpdateSchema,
} from "../people/inputs.ts";
import { nothing, schemaInput, schemaMutation } from "./inputs.ts";
import { mutation, query, router } from "./trpc.ts";

/** Saved views of lists. */
export const viewRouter = router({
  /** The caller's own views, and those that others share. */
  list: query(schemaInput<void, object>(nothing), plain<SavedView[]>(), (roster, actor) =>
    roster.view.list(actor),
  ),
  create: mutation(
    schemaMutation<SavedViewCreate, z.infer<typeof viewCreateSchema>>(viewCreateSchema),
    plain<SavedView>(),
    (roster, actor, input) => roster.view.create(actor, input),
  ),
  /** Changes a view: its owner, or an administrator a shared one. */
  update: mutation(
    schemaMutation<SavedViewUpdate, z.infer<typeof viewUpdateSchema>>(viewUpdateSchema),
    plain<SavedView>(),
    (roster, actor, input) => roster.view.update(actor, input),
  ),
  /** Removes a view: its owner, or an administrator a shared one. */
  delete: mutation(
    schemaMutation<{ where: { id: string } }, z.infer<typeof viewNamedSchema>>(viewNamedSchema),
    plain<SavedView>(),
    (roster, actor, { where }) => roster.view.delete(actor, where.id),
  ),
});

export const statsRouter = router({
  /** The numbers of records, of changes by actor and surface, and the progress of webhooks. */
  overview: query(
    schemaInput<OverviewInput | void, z.infer<typeof overviewSchema>>(overviewSchema),
    overviewWire,
    (roster, actor, { days }) => roster.overview(actor, days),
  ),
});

export const actorRouter = router({
  /** The names of actors, such as those in `createdBy` and `updatedBy`. */
  list: query(
    schemaInput<{ ids: readonly string[] }, z.infer<typeof actorsSchema>>(actorsSchema),
    plain<ShownActor[]>(),
    (roster, actor, { ids }) => roster.namedActors(actor, ids),
  ),
});

export const demoRouter = router({
  /** Loads sample data into a tenant without records, as one change set. */
  load: mutation(schemaMutation<object, object>(nothing), changeSetWire, (roster, actor) =>
    roster.loadSampleData(actor),
  ),
});
