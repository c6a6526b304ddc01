import {
  historyWire,
  userFields,
  userListSchema,
  userUpdateWire,
  userUpsertWire,
  userWire,
  pageWire,
  plain,
  type AtInput,
  type UserCreate,
  type UserJson,
  type UserListInput,
  type UserUpdate,
  type UserWhere,
  type DiffInput,
  type DiffResult,
  type ManyInput,
  type ManyResult,
  type PageInput,
  type RecordExport,
  type RevertInput,
} from "@roster/domain";
import {
  atInput,
  createInput,
  deletedOption,
  deletionOption,
  diffOption,
  listInput,
  manyInput,
  nothing,
  pageOption,
  reasonOption,
  revertInput,
  updateInput,
  upsertInput,
  whereInput,
  whereMutation,
} from "./inputs.ts";
import { answering, procedure, router } from "./trpc.ts";

type Named = { where: UserWhere };
type Reasoned = Named & { reason?: string | undefined };
type Deletion = Reasoned & { expectedVersion?: number | undefined };
const where = whereInput<Named, object>(userFields, nothing);
const reasoned = whereMutation<Reasoned, { reason?: string | undefined }>(userFields, reasonOption);

export const userRouter = router({
  create: procedure
    .input(createInput<UserCreate>(userFields))
    .mutation(answering(userWire, ({ ctx, input }) => ctx.roster.user.create(ctx.actor, input))),

  /** A deleted user is answered with `deleted: true` only, by its id or number. */
  get: procedure
    .input(
      whereInput<Named & { deleted?: boolean | undefined }, { deleted?: boolean | undefined }>(
        userFields,
        deletedOption,
      ),
    )
    .query(
      answering(userWire, ({ ctx, input }) => ctx.roster.user.get(ctx.actor, input.where, input.deleted)),
    ),

  list: procedure
    .input(listInput<UserListInput>(userListSchema))
    .query(answering(pageWire(userWire), ({ ctx, input }) => ctx.roster.user.list(ctx.actor, input))),

  update: procedure.input(updateInput<UserUpdate>(userFields)).mutation(
    answering(userUpdateWire, async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.user.update(ctx.actor, input);
      return { user: record, ...result };
    }),
  ),

  /** Updates the user with this `username`, or makes it. */
  upsert: procedure
    .input(upsertInput<UserUpdate & { where: { username: string } }>(userFields, "username"))
    .mutation(
      answering(userUpsertWire, async ({ ctx, input }) => {
        const { record, ...result } = await ctx.roster.user.upsert(ctx.actor, input);
        return { user: record, ...result };
      }),
    ),

  updateMany: procedure
    .input(manyInput<ManyInput<UserUpdate>>(userFields))
    .mutation(
      answering(plain<ManyResult>(), ({ ctx, input }) => ctx.roster.user.updateMany(ctx.actor, input)),
    ),

  /** The user's change log, newest first. */
  history: procedure
    .input(
      whereInput<Named & PageInput, { limit: number; cursor?: string | undefined }>(userFields, pageOption),
    )
    .query(
      answering(historyWire<"user">(), ({ ctx, input }) =>
        ctx.roster.user.history(ctx.actor, input.where, input.limit, input.cursor),
      ),
    ),

  /** The user as it was, with what it inherited then. */
  at: procedure
    .input(atInput<AtInput<UserWhere>>(userFields))
    .query(answering(userWire, ({ ctx, input }) => ctx.roster.user.at(ctx.actor, input.where, input.moment))),

  /** What has changed between two versions. */
  diff: procedure
    .input(whereInput<DiffInput<UserWhere>, { from: number; to: number }>(userFields, diffOption))
    .query(
      answering(plain<DiffResult>(), ({ ctx, input }) =>
        ctx.roster.user.diff(ctx.actor, input.where, input.from, input.to),
      ),
    ),

  /** Takes the user, or one field of it, back to a version: a new update, with all rules. */
  revert: procedure.input(revertInput<RevertInput<UserWhere>>(userFields)).mutation(
    answering(userUpdateWire, async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.user.revert(ctx.actor, input);
      return { user: record, ...result };
    }),
  ),

  delete: procedure
    .input(
      whereMutation<Deletion, { reason?: string | undefined; expectedVersion?: number | undefined }>(
        userFields,
        deletionOption,
      ),
    )
    .mutation(
      answering(userWire, ({ ctx, input: { where, reason, expectedVersion } }) =>
        ctx.roster.user.delete(ctx.actor, where, reason, expectedVersion),
      ),
    ),

  restore: procedure
    .input(reasoned)
    .mutation(
      answering(userWire, ({ ctx, input }) => ctx.roster.user.restore(ctx.actor, input.where, input.reason)),
    ),

  /** Erases the user for good, its history too. */
  erase: procedure
    .input(reasoned)
    .mutation(
      answering(userWire, ({ ctx, input }) => ctx.roster.user.erase(ctx.actor, input.where, input.reason)),
    ),

  /** All that is kept about the user, as one JSON document. */
  export: procedure
    .input(where)
    .query(
      answering(plain<RecordExport<UserJson>>(), ({ ctx, input }) =>
        ctx.roster.user.export(ctx.actor, input.where),
      ),
    ),
});
