import {
  customerFields,
  customerListSchema,
  customerUpdateWire,
  customerUpsertWire,
  customerWire,
  historyWire,
  mergeWire,
  pageWire,
  plain,
  unmergeWire,
  type AtInput,
  type CustomerCreate,
  type CustomerJson,
  type CustomerListInput,
  type CustomerUpdate,
  type CustomerWhere,
  type DiffInput,
  type DiffResult,
  type ManyInput,
  type ManyResult,
  type MergeInput,
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
import { mutationInput, answering, procedure, router } from "./trpc.ts";
import { parseMerge } from "../customer/merge.ts";

type Named = { where: CustomerWhere };
type Reasoned = Named & { reason?: string | undefined };
type Deletion = Reasoned & { expectedVersion?: number | undefined };
const where = whereInput<Named, object>(customerFields, nothing);
const reasoned = whereMutation<Reasoned, { reason?: string | undefined }>(customerFields, reasonOption);

export const customerRouter = router({
  create: procedure
    .input(createInput<CustomerCreate>(customerFields))
    .mutation(answering(customerWire, ({ ctx, input }) => ctx.roster.customer.create(ctx.actor, input))),

  /** A deleted customer is answered with `deleted: true` only, by its id or number. */
  get: procedure
    .input(
      whereInput<Named & { deleted?: boolean | undefined }, { deleted?: boolean | undefined }>(
        customerFields,
        deletedOption,
      ),
    )
    .query(
      answering(customerWire, ({ ctx, input }) =>
        ctx.roster.customer.get(ctx.actor, input.where, input.deleted),
      ),
    ),

  list: procedure
    .input(listInput<CustomerListInput>(customerListSchema))
    .query(answering(pageWire(customerWire), ({ ctx, input }) => ctx.roster.customer.list(ctx.actor, input))),

  update: procedure.input(updateInput<CustomerUpdate>(customerFields)).mutation(
    answering(customerUpdateWire, async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.customer.update(ctx.actor, input);
      return { customer: record, ...result };
    }),
  ),

  /** Updates the customer with this `providedId`, or makes it. */
  upsert: procedure
    .input(upsertInput<CustomerUpdate & { where: { providedId: string } }>(customerFields, "providedId"))
    .mutation(
      answering(customerUpsertWire, async ({ ctx, input }) => {
        const { record, ...result } = await ctx.roster.customer.upsert(ctx.actor, input);
        return { customer: record, ...result };
      }),
    ),

  updateMany: procedure
    .input(manyInput<ManyInput<CustomerUpdate>>(customerFields))
    .mutation(
      answering(plain<ManyResult>(), ({ ctx, input }) => ctx.roster.customer.updateMany(ctx.actor, input)),
    ),

  /** The customer's change log, newest first. */
  history: procedure
    .input(
      whereInput<Named & PageInput, { limit: number; cursor?: string | undefined }>(
        customerFields,
        pageOption,
      ),
    )
    .query(
      answering(historyWire<"customer">(), ({ ctx, input }) =>
        ctx.roster.customer.history(ctx.actor, input.where, input.limit, input.cursor),
      ),
    ),

  /** The customer as it was, with what it inherited then. */
  at: procedure
    .input(atInput<AtInput<CustomerWhere>>(customerFields))
    .query(
      answering(customerWire, ({ ctx, input }) =>
        ctx.roster.customer.at(ctx.actor, input.where, input.moment),
      ),
    ),

  /** What has changed between two versions. */
  diff: procedure
    .input(whereInput<DiffInput<CustomerWhere>, { from: number; to: number }>(customerFields, diffOption))
    .query(
      answering(plain<DiffResult>(), ({ ctx, input }) =>
        ctx.roster.customer.diff(ctx.actor, input.where, input.from, input.to),
      ),
    ),

  /** Takes the customer, or one field of it, back to a version: a new update, with all rules. */
  revert: procedure.input(revertInput<RevertInput<CustomerWhere>>(customerFields)).mutation(
    answering(customerUpdateWire, async ({ ctx, input }) => {
      const { record, ...result } = await ctx.roster.customer.revert(ctx.actor, input);
      return { customer: record, ...result };
    }),
  ),

  delete: procedure
    .input(
      whereMutation<Deletion, { reason?: string | undefined; expectedVersion?: number | undefined }>(
        customerFields,
        deletionOption,
      ),
    )
    .mutation(
      answering(customerWire, ({ ctx, input: { where, reason, expectedVersion } }) =>
        ctx.roster.customer.delete(ctx.actor, where, reason, expectedVersion),
      ),
    ),

  restore: procedure
    .input(reasoned)
    .mutation(
      answering(customerWire, ({ ctx, input }) =>
        ctx.roster.customer.restore(ctx.actor, input.where, input.reason),
      ),
    ),

  /** Erases the customer for good, its history and the duplicates merged into it too. */
  erase: procedure
    .input(reasoned)
    .mutation(
      answering(customerWire, ({ ctx, input }) =>
        ctx.roster.customer.erase(ctx.actor, input.where, input.reason),
      ),
    ),

  /** Merges a duplicate into another customer; a dry run shows which value wins where. */
  merge: procedure
    .input(mutationInput<MergeInput<CustomerWhere>, ReturnType<typeof parseMerge>>(parseMerge))
    .mutation(answering(mergeWire, ({ ctx, input }) => ctx.roster.mergeCustomers(ctx.actor, input))),

  /** Takes a merge back, while nothing that it has brought was changed since. */
  unmerge: procedure
    .input(reasoned)
    .mutation(
      answering(unmergeWire, ({ ctx, input }) =>
        ctx.roster.unmergeCustomers(ctx.actor, input.where, input.reason),
      ),
    ),

  /** All that is kept about the customer, as one JSON document. */
  export: procedure
    .input(where)
    .query(
      answering(plain<RecordExport<CustomerJson>>(), ({ ctx, input }) =>
        ctx.roster.customer.export(ctx.actor, input.where),
      ),
    ),
});
