import {
  changeEntryWire,
  userFields,
  userListSchema,
  userUpdateWire,
  userUpsertWire,
  userWire,
  pageSchema,
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
  reasonOption,
  revertInput,
  updateInput,
  upsertInput,
  whereInput,
  whereMutation,
} from "../trpc/inputs.ts";
import { output, procedure, router } from "../trpc/trpc.ts";

type Named = { where: UserWhere };
type Reasoned = Named & { reason?: string | undefined };
type Deletion = Reasoned & { expectedVersion?: number | undefined };
const where = whereInput<Named, object>(userFields, nothing);
const reasoned = whereMutation<Reasoned, { reason?: string | undefined }>(userFields, reasonOption);

export const userRouter = router({
  create: procedure
    .input(createInput<UserCreate>(userFields))
    .output(output(userWire))
    .mutation(({ ctx, input }) => ctx.roster.user.create(ctx.actor, input)),

  /** A deleted user is answered with `deleted: true` only, by its id or number. */
  get: procedure
    .input(
      whereInput<Named & { deleted?: boolean | undefined }, { deleted?: boolean | undefined }>(
        userFields,
        deletedOption,
      ),
    )
    .output(output(userWire))
    .query(({ ctx, input }) => ctx.roster.user.get(ctx.actor, input.where, input.deleted)),

  list: procedure
    .input(listInput<UserListInput>(userListSchema))
    .output(output(pageWire(userWire)))
    .query(({ ctx, input }) => ctx.roster.user.list(ctx.actor, input)),

  update: procedure
    .input(updateInput<UserUpdate>(userFields))
    .output(output(userUpdateWire))
    .mutation(async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.user.update(ctx.actor, input);
      return { user: record, ...result };
    }),

  /** Updates the user with this `username`, or makes it. */
  upsert: procedure
    .input(upsertInput<UserUpdate & { where: { username: string } }>(userFields, "username"))
    .output(output(userUpsertWire))
    .mutation(async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.user.upsert(ctx.actor, input);
      return { user: record, ...result };
    }),

  updateMany: procedure
    .input(manyInput<ManyInput<UserUpdate>>(userFields))
    .output(output(plain<ManyResult>()))
    .mutation(({ ctx, input }) => ctx.roster.user.updateMany(ctx.actor, input)),

  /** The user's change log, newest first. */
  history: procedure
    .input(
      whereInput<Named & PageInput, { limit: number; cursor?: string | undefined }>(userFields, pageSchema),
    )
    .output(output(pageWire(changeEntryWire)))
    .query(({ ctx, input }) => ctx.roster.user.history(ctx.actor, input.where, input.limit, input.cursor)),

  /** The user as it was, with what it inherited then. */
  at: procedure
    .input(atInput<AtInput<UserWhere>>(userFields))
    .output(output(userWire))
    .query(({ ctx, input }) => ctx.roster.user.at(ctx.actor, input.where, input.moment)),

  /** What has changed between two versions. */
  diff: procedure
    .input(whereInput<DiffInput<UserWhere>, { from: number; to: number }>(userFields, diffOption))
    .output(output(plain<DiffResult>()))
    .query(({ ctx, input }) => ctx.roster.user.diff(ctx.actor, input.where, input.from, input.to)),

  /** Takes the user, or one field of it, back to a version: a new update, with all rules. */
  revert: procedure
    .input(revertInput<RevertInput<UserWhere>>(userFields))
    .output(output(userUpdateWire))
    .mutation(async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.user.revert(ctx.actor, input);
      return { user: record, ...result };
    }),

  delete: procedure
    .input(
      whereMutation<Deletion, { reason?: string | undefined; expectedVersion?: number | undefined }>(
        userFields,
        deletionOption,
      ),
    )
    .output(output(userWire))
    .mutation(({ ctx, input: { where, reason, expectedVersion } }) =>
      ctx.roster.user.delete(ctx.actor, where, reason, expectedVersion),
    ),

  restore: procedure
    .input(reasoned)
    .output(output(userWire))
    .mutation(({ ctx, input }) => ctx.roster.user.restore(ctx.actor, input.where, input.reason)),

  /** Erases the user for good, its history too. */
  erase: procedure
    .input(reasoned)
    .output(output(userWire))
    .mutation(({ ctx, input }) => ctx.roster.user.erase(ctx.actor, input.where, input.reason)),

  /** All that is kept about the user, as one JSON document. */
  export: procedure
    .input(where)
    .output(output(plain<RecordExport<UserJson>>()))
    .query(({ ctx, input }) => ctx.roster.user.export(ctx.actor, input.where)),
});
