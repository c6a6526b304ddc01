import {
  changeEntryWire,
  userFields,
  userListSchema,
  userUpdateWire,
  userWire,
  pageSchema,
  pageWire,
  type UserCreate,
  type UserListInput,
  type UserUpdate,
  type UserWhere,
  type PageInput,
} from "@roster/domain";
import { createInput, deletedOption, listInput, nothing, updateInput, whereInput } from "../trpc/inputs.ts";
import { output, procedure, router } from "../trpc/trpc.ts";

const where = whereInput<{ where: UserWhere }, object>(userFields, nothing);

export const userRouter = router({
  create: procedure
    .input(createInput<UserCreate>(userFields))
    .output(output(userWire))
    .mutation(({ ctx, input }) => ctx.roster.user.create(ctx.actor, input)),

  /** A deleted user is answered with `deleted: true` only, by its id or number. */
  get: procedure
    .input(
      whereInput<{ where: UserWhere; deleted?: boolean | undefined }, { deleted?: boolean | undefined }>(
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

  /** The user's change log, newest first. */
  history: procedure
    .input(
      whereInput<{ where: UserWhere } & PageInput, { limit: number; cursor?: string | undefined }>(
        userFields,
        pageSchema,
      ),
    )
    .output(output(pageWire(changeEntryWire)))
    .query(({ ctx, input }) => ctx.roster.user.history(ctx.actor, input.where, input.limit, input.cursor)),

  delete: procedure
    .input(where)
    .output(output(userWire))
    .mutation(({ ctx, input }) => ctx.roster.user.delete(ctx.actor, input.where)),

  restore: procedure
    .input(where)
    .output(output(userWire))
    .mutation(({ ctx, input }) => ctx.roster.user.restore(ctx.actor, input.where)),
});
