import {
  historyWire,
  pageWire,
  plain,
  type AtInput,
  type DiffInput,
  type DiffResult,
  type Fields,
  type ManyInput,
  type ManyResult,
  type PageInput,
  type RecordExport,
  type RecordType,
  type RevertInput,
  type UpdateResult,
  type Wire,
} from "@roster/domain";
import type { z } from "zod";
import type { Records } from "../record/record-service.ts";
import type { Roster } from "../roster.ts";
import {
  atInput,
  createInput,
  deletedOption,
  deletionOption,
  diffOption,
  listInput,
  manyInput,
  nothing,
  pageInput,
  pageOption,
  reasonOption,
  revertInput,
  updateInput,
  upsertInput,
  whereInput,
  whereMutation,
} from "./inputs.ts";
import { answering, procedure } from "./trpc.ts";

/** One type of record as its procedures serve it. */
interface Served<Type extends RecordType, Json, Read, UpdatedJson, Updated> {
  type: Type;
  fields: Fields;
  wire: Wire<Json, Read>;
  /** The wire of `{ [type]: record, version, applied, changes }`. */
  updateWire: Wire<UpdatedJson, Updated>;
  records(roster: Roster): Records<Json>;
}

type Reason = { reason?: string | undefined };
type Deletion = Reason & { expectedVersion?: number | undefined };
type Deleted = { deleted?: boolean | undefined };

/**
 * The procedures of one type of record, for its router to choose from. The type argument of each is
 * what callers write.
 */
export const recordProcedures = <Type extends RecordType, Json, Read, UpdatedJson, Updated>({
  type,
  fields,
  wire,
  updateWire,
  records,
}: Served<Type, Json, Read, UpdatedJson, Updated>) => {
  const named = namedBy<Json, UpdatedJson>(type);

  return {
    ...namedProcedures({ fields, wire, records }),

    /** A deleted record is answered with `deleted: true` only, by its id or number. */
    get: <Where>() =>
      procedure
        .input(whereInput<{ where: Where } & Deleted, Deleted>(fields, deletedOption))
        .query(
          answering(wire, ({ ctx, input: { where, deleted } }) =>
            records(ctx.roster).get(ctx.actor, where, deleted),
          ),
        ),

    /** @param schema of the input, with the filters of the type */
    filteredList: <Written>(schema: z.ZodObject) =>
      procedure
        .input(listInput<Written>(schema))
        .query(answering(pageWire(wire), ({ ctx, input }) => records(ctx.roster).list(ctx.actor, input))),

    update: <Written>() =>
      procedure
        .input(updateInput<Written>(fields))
        .mutation(
          answering(updateWire, async ({ ctx, input }) =>
            named(await records(ctx.roster).update(ctx.actor, input)),
          ),
        ),

    updateMany: <Written>() =>
      procedure
        .input(manyInput<ManyInput<Written>>(fields))
        .mutation(
          answering(plain<ManyResult>(), ({ ctx, input }) =>
            records(ctx.roster).updateMany(ctx.actor, input),
          ),
        ),

    /** The record's change log, newest first. */
    history: <Where>() =>
      procedure
        .input(whereInput<{ where: Where } & PageInput, z.infer<typeof pageOption>>(fields, pageOption))
        .query(
          answering(historyWire<Type>(), ({ ctx, input: { where, limit, cursor } }) =>
            records(ctx.roster).history(ctx.actor, where, limit, cursor),
          ),
        ),

    /** The record as it was, with what it inherited then. */
    at: <Where>() =>
      procedure
        .input(atInput<AtInput<Where>>(fields))
        .query(
          answering(wire, ({ ctx, input: { where, moment } }) =>
            records(ctx.roster).at(ctx.actor, where, moment),
          ),
        ),

    /** What changed between two versions. */
    diff: <Where>() =>
      procedure
        .input(whereInput<DiffInput<Where>, z.infer<typeof diffOption>>(fields, diffOption))
        .query(
          answering(plain<DiffResult>(), ({ ctx, input: { where, from, to } }) =>
            records(ctx.roster).diff(ctx.actor, where, from, to),
          ),
        ),

    /** Takes the record, or one field of it, back to a version: a new update, with all rules. */
    revert: <Where>() =>
      procedure
        .input(revertInput<RevertInput<Where>>(fields))
        .mutation(
          answering(updateWire, async ({ ctx, input }) =>
            named(await records(ctx.roster).revert(ctx.actor, input)),
          ),
        ),

    delete: <Where>() =>
      procedure
        .input(whereMutation<{ where: Where } & Deletion, Deletion>(fields, deletionOption))
        .mutation(
          answering(wire, ({ ctx, input: { where, reason, expectedVersion } }) =>
            records(ctx.roster).delete(ctx.actor, where, reason, expectedVersion),
          ),
        ),

    restore: <Where>() =>
      procedure
        .input(whereMutation<{ where: Where } & Reason, Reason>(fields, reasonOption))
        .mutation(
          answering(wire, ({ ctx, input: { where, reason } }) =>
            records(ctx.roster).restore(ctx.actor, where, reason),
          ),
        ),

    /** Erases the record for good, with its history. */
    erase: <Where>() =>
      procedure
        .input(whereMutation<{ where: Where } & Reason, Reason>(fields, reasonOption))
        .mutation(
          answering(wire, ({ ctx, input: { where, reason } }) =>
            records(ctx.roster).erase(ctx.actor, where, reason),
          ),
        ),

    /** All that is kept about the record, as one JSON document. */
    export: <Where>() =>
      procedure
        .input(whereInput<{ where: Where }, object>(fields, nothing))
        .query(
          answering(plain<RecordExport<Json>>(), ({ ctx, input: { where } }) =>
            records(ctx.roster).export(ctx.actor, where),
          ),
        ),
  };
};

/**
 * The procedure that updates the record with a unique value, or makes it.
 *
 * @param wire of `{ [type]: record, version, applied, changes, created }`
 */
export const upsertProcedure =
  <Type extends RecordType, Json, Read, UpdatedJson, Updated, Upserted>(
    { type, fields, records }: Served<Type, Json, Read, UpdatedJson, Updated>,
    wire: Wire<UpdatedJson & { created: boolean }, Upserted>,
  ) =>
  <Written>(key: string) =>
    procedure.input(upsertInput<Written>(fields, key)).mutation(
      answering(wire, async ({ ctx, input }) => {
        const { created, ...updated } = await records(ctx.roster).upsert(ctx.actor, input);
        return { ...namedBy<Json, UpdatedJson>(type)(updated), created };
      }),
    );

/** Names the record of an answer by its type. */
const namedBy =
  <Json, UpdatedJson>(type: RecordType) =>
  ({ record, ...result }: UpdateResult & { record: Json }) =>
    ({ [type]: record, ...result }) as unknown as UpdatedJson;

/** The procedures of a type of record that is made and listed only. */
export const namedProcedures = <Json, Read>({
  fields,
  wire,
  records,
}: {
  fields: Fields;
  wire: Wire<Json, Read>;
  records(roster: Roster): Pick<Records<Json>, "create" | "list">;
}) => ({
  create: <Written>() =>
    procedure
      .input(createInput<Written>(fields))
      .mutation(answering(wire, ({ ctx, input }) => records(ctx.roster).create(ctx.actor, input))),

  list: () =>
    procedure
      .input(pageInput)
      .query(answering(pageWire(wire), ({ ctx, input }) => records(ctx.roster).list(ctx.actor, input))),
});
