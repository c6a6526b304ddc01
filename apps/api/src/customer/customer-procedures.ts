import {
  changeEntryWire,
  customerFields,
  customerListSchema,
  customerUpdateWire,
  customerWire,
  pageSchema,
  pageWire,
  type CustomerCreate,
  type CustomerListInput,
  type CustomerUpdate,
  type CustomerWhere,
  type PageInput,
} from "@roster/domain";
import { createInput, deletedOption, listInput, nothing, updateInput, whereInput } from "../trpc/inputs.ts";
import { output, procedure, router } from "../trpc/trpc.ts";

const where = whereInput<{ where: CustomerWhere }, object>(customerFields, nothing);

export const customerRouter = router({
  create: procedure
    .input(createInput<CustomerCreate>(customerFields))
    .output(output(customerWire))
    .mutation(({ ctx, input }) => ctx.roster.customer.create(ctx.actor, input)),

  /** A deleted customer is answered with `deleted: true` only, by its id or number. */
  get: procedure
    .input(
      whereInput<{ where: CustomerWhere; deleted?: boolean | undefined }, { deleted?: boolean | undefined }>(
        customerFields,
        deletedOption,
      ),
    )
    .output(output(customerWire))
    .query(({ ctx, input }) => ctx.roster.customer.get(ctx.actor, input.where, input.deleted)),

  list: procedure
    .input(listInput<CustomerListInput>(customerListSchema))
    .output(output(pageWire(customerWire)))
    .query(({ ctx, input }) => ctx.roster.customer.list(ctx.actor, input)),

  update: procedure
    .input(updateInput<CustomerUpdate>(customerFields))
    .output(output(customerUpdateWire))
    .mutation(async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.customer.update(ctx.actor, input);
      return { customer: record, ...result };
    }),

  /** The customer's change log, newest first. */
  history: procedure
    .input(
      whereInput<{ where: CustomerWhere } & PageInput, { limit: number; cursor?: string | undefined }>(
        customerFields,
        pageSchema,
      ),
    )
    .output(output(pageWire(changeEntryWire)))
    .query(({ ctx, input }) =>
      ctx.roster.customer.history(ctx.actor, input.where, input.limit, input.cursor),
    ),

  delete: procedure
    .input(where)
    .output(output(customerWire))
    .mutation(({ ctx, input }) => ctx.roster.customer.delete(ctx.actor, input.where)),

  restore: procedure
    .input(where)
    .output(output(customerWire))
    .mutation(({ ctx, input }) => ctx.roster.customer.restore(ctx.actor, input.where)),
});
