import {
  customerCountSchema,
  customerFields,
  customerListSchema,
  customerUpdateWire,
  customerUpsertWire,
  customerWire,
  duplicatesWire,
  mergeWire,
  plain,
  unmergeWire,
  type CustomerCountInput,
  type CustomerCreate,
  type CustomerListInput,
  type CustomerFilter,
  type CustomerUpdate,
  type DeleteWhereInput,
  type UpdateWhereInput,
  type CustomerUpsert,
  type CustomerWhere,
  type MergeInput,
  type NotDuplicatesInput,
  type PageInput,
} from "@roster/domain";
import type { z } from "zod";
import { notDuplicatesSchema } from "../people/inputs.ts";
import { parseMerge, type ParsedMerge } from "../customer/merge-input.ts";
import { pageOption, reasonOption, schemaInput, schemaMutation, whereMutation } from "./inputs.ts";
import { recordProcedures, upsertProcedure } from "./record-procedures.ts";
import { mutation, mutationInput, query, router } from "./trpc.ts";

const served = {
  type: "customer" as const,
  wire: customerWire,
  updateWire: customerUpdateWire,
};
const customers = recordProcedures(served);

export const customerRouter = router({
  create: customers.create<CustomerCreate>(),
  get: customers.get<CustomerWhere>(),
  list: customers.filteredList<CustomerListInput>(customerListSchema),
  /** Counts the customers of a list. */
  count: customers.count<CustomerCountInput>(customerCountSchema),
  indexes: customers.indexes(),
  update: customers.update<CustomerUpdate>(),
  upsert: upsertProcedure(
    served,
    customerUpsertWire,
  )<CustomerUpdate & { where: { providedId: string } }>("providedId"),
  createMany: customers.createMany<CustomerCreate>(),
  updateMany: customers.updateMany<CustomerUpdate>(),
  upsertMany: customers.upsertMany<CustomerUpsert>(),
  updateWhere: customers.updateWhere<UpdateWhereInput<CustomerFilter, CustomerUpdate>>(customerCountSchema),
  deleteWhere: customers.deleteWhere<DeleteWhereInput<CustomerFilter>>(customerCountSchema),
  history: customers.history<CustomerWhere>(),
  at: customers.at<CustomerWhere>(),
  diff: customers.diff<CustomerWhere>(),
  revert: customers.revert<CustomerWhere>(),
  delete: customers.delete<CustomerWhere>(),
  restore: customers.restore<CustomerWhere>(),
  /** Erases the customer permanently, with its history and the duplicates merged into it. */
  erase: customers.erase<CustomerWhere>(),
  /** Merges a duplicate into another customer. A dry run shows the resulting value of each field. */
  merge: mutation(
    mutationInput<MergeInput<CustomerWhere>, ParsedMerge>(parseMerge),
    mergeWire,
    (roster, actor, parsed) => roster.mergeCustomers(actor, parsed),
  ),
  /** Undoes a merge, unless a value that it brought has changed since. */
  unmerge: mutation(
    whereMutation<{ where: CustomerWhere; reason?: string | undefined }, { reason?: string | undefined }>(
      customerFields,
      reasonOption,
    ),
    unmergeWire,
    (roster, actor, { where, reason }) => roster.unmergeCustomers(actor, where, reason),
  ),
  export: customers.export<CustomerWhere>(),
  /** Pairs of customers that may be the same. A page can be shorter than asked for although more follow. */
  duplicates: query(
    schemaInput<PageInput | void, z.infer<typeof pageOption>>(pageOption),
    duplicatesWire,
    (roster, actor, { limit, cursor }) => roster.duplicates(actor, { limit, cursor }),
  ),
  /** Notes that two customers are not the same, so that they are no candidates any more; or takes that back. */
  notDuplicates: mutation(
    schemaMutation<NotDuplicatesInput, z.infer<typeof notDuplicatesSchema>>(notDuplicatesSchema),
    plain<{ a: string; b: string; distinct: boolean }>(),
    (roster, actor, input) => roster.notDuplicates(actor, input),
  ),
});
