import {
  changedWhereWire,
  historyWire,
  listPageWire,
  pageWire,
  plain,
  recordTypes,
  type AtInput,
  type Count,
  type CreateManyInput,
  type DiffInput,
  type DiffResult,
  type Fields,
  type IndexState,
  type ManyInput,
  type ManyResult,
  type PageInput,
  type RecordExport,
  type RecordType,
  type RevertInput,
  type UpdateResult,
  type UpsertManyInput,
  type Wire,
  type WrittenResult,
} from "@roster/domain";
import type { z } from "zod";
import type { Records } from "../record/record-service.ts";
import type { Roster } from "../roster.ts";
import {
  atInput,
  changeWhereInput,
  countInput,
  createInput,
  createManyInput,
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
  schemaInput,
  updateInput,
  upsertInput,
  upsertManyInput,
  whereInput,
  whereMutation,
} from "./inputs.ts";
import { mutation, query } from "./trpc.ts";

/** The types of record whose service answers `Json`. */
type TypeOf<Json> = {
  [Type in RecordType & keyof Roster]: Roster[Type] extends Records<Json> ? Type : never;
}[RecordType & keyof Roster];
const serviceOf = <Json>(roster: Roster, type: TypeOf<Json>) => roster[type] as unknown as Records<Json>;

/** The description of one type of record for its procedures. */
interface Served<Type extends TypeOf<Json>, Json, Read, UpdatedJson, Updated> {
  type: Type;
  wire: Wire<Json, Read>;
  /** The wire of `{ [type]: record, version, applied, changes }`. */
  updateWire: Wire<UpdatedJson, Updated>;
}

type Reason = { reason?: string | undefined };
type Deletion = Reason & { expectedVersion?: number | undefined };
type Deleted = { deleted?: boolean | undefined };

/**
 * The procedures of one type of record, for its router to choose from. The type argument of each is
 * what callers write.
 */
export const recordProcedures = <Type extends TypeOf<Json>, Json, Read, UpdatedJson, Updated>({
  type,
  wire,
  updateWire,
}: Served<Type, Json, Read, UpdatedJson, Updated>) => {
  const fields: Fields = recordTypes[type];
  const records = (roster: Roster) => serviceOf<Json>(roster, type);
  const named = namedBy<Json, UpdatedJson>(type);

  return {
    ...namedProcedures(type, wire),

    /** Returns a deleted record only with `deleted: true`, by its id or number. */
    get: <Where>() =>
      query(
        whereInput<{ where: Where } & Deleted, Deleted>(fields, deletedOption),
        wire,
        (roster, actor, { where, deleted }) => records(roster).getEncoded(actor, where, deleted),
      ),

    /** @param schema the schema of the input, with the filters of the type */
    filteredList: <Written>(schema: z.ZodObject) =>
      query(listInput<Written>(schema), listPageWire(wire), (roster, actor, parsed) =>
        records(roster).listEncoded(actor, parsed),
      ),

    /** @param schema the schema of the input, with the filters of the type */
    count: <Written>(schema: z.ZodObject) =>
      query(countInput<Written>(schema), plain<Count>(), (roster, actor, parsed) =>
        records(roster).count(actor, parsed),
      ),

    /** The indexes of properties, and the progress of indexes that are being built. */
    indexes: () =>
      query(schemaInput<void, object>(nothing), plain<IndexState[]>(), (roster, actor) =>
        records(roster).indexes(actor),
      ),

    update: <Written>() =>
      mutation(updateInput<Written>(fields), updateWire, async (roster, actor, parsed) =>
        named(await records(roster).update(actor, parsed)),
      ),

    updateMany: <Written>() =>
      mutation(manyInput<ManyInput<Written>>(fields), plain<ManyResult>(), (roster, actor, parsed) =>
        records(roster).updateMany(actor, parsed),
      ),

    /** Creates many records: all or none, or each independently. */
    createMany: <Written>() =>
      mutation(
        createManyInput<CreateManyInput<Written>>(fields),
        plain<WrittenResult>(),
        (roster, actor, parsed) => records(roster).createMany(actor, parsed),
      ),

    /** Updates or creates the record with each item's key. */
    upsertMany: <Written>() =>
      mutation(
        upsertManyInput<UpsertManyInput<Written>>(fields),
        plain<WrittenResult>(),
        (roster, actor, parsed) => records(roster).upsertMany(actor, parsed),
      ),

    /** Updates all records that match. @param find the schema of what is to match */
    updateWhere: <Written>(find: z.ZodObject) =>
      mutation(changeWhereInput<Written>(fields, find), changedWhereWire, (roster, actor, parsed) =>
        records(roster).updateWhere(actor, parsed),
      ),

    /** Deletes all records that match. @param find the schema of what is to match */
    deleteWhere: <Written>(find: z.ZodObject) =>
      mutation(changeWhereInput<Written>(undefined, find), changedWhereWire, (roster, actor, parsed) =>
        records(roster).deleteWhere(actor, parsed),
      ),

    /** The record's change log, newest first. */
    history: <Where>() =>
      query(
        whereInput<{ where: Where } & PageInput, z.infer<typeof pageOption>>(fields, pageOption),
        historyWire<Type>(),
        (roster, actor, { where, limit, cursor }) => records(roster).history(actor, where, limit, cursor),
      ),

    /** The record as it was at a moment, with the values it inherited then. */
    at: <Where>() =>
      query(atInput<AtInput<Where>>(fields), wire, (roster, actor, { where, moment }) =>
        records(roster).at(actor, where, moment),
      ),

    /** The changes between two versions. */
    diff: <Where>() =>
      query(
        whereInput<DiffInput<Where>, z.infer<typeof diffOption>>(fields, diffOption),
        plain<DiffResult>(),
        (roster, actor, { where, from, to }) => records(roster).diff(actor, where, from, to),
      ),

    /** Reverts the record, or one field of it, to a version by a new update, subject to all rules. */
    revert: <Where>() =>
      mutation(revertInput<RevertInput<Where>>(fields), updateWire, async (roster, actor, parsed) =>
        named(await records(roster).revert(actor, parsed)),
      ),

    delete: <Where>() =>
      mutation(
        whereMutation<{ where: Where } & Deletion, Deletion>(fields, deletionOption),
        wire,
        (roster, actor, { where, reason, expectedVersion }) =>
          records(roster).delete(actor, where, reason, expectedVersion),
      ),

    restore: <Where>() =>
      mutation(
        whereMutation<{ where: Where } & Reason, Reason>(fields, reasonOption),
        wire,
        (roster, actor, { where, reason }) => records(roster).restore(actor, where, reason),
      ),

    /** Erases the record permanently, with its history. */
    erase: <Where>() =>
      mutation(
        whereMutation<{ where: Where } & Reason, Reason>(fields, reasonOption),
        wire,
        (roster, actor, { where, reason }) => records(roster).erase(actor, where, reason),
      ),

    /** Everything stored about the record, as one JSON document. */
    export: <Where>() =>
      query(
        whereInput<{ where: Where }, object>(fields, nothing),
        plain<RecordExport<Json>>(),
        (roster, actor, { where }) => records(roster).export(actor, where),
      ),
  };
};

/**
 * The procedure that updates the record with a unique value, or creates it.
 *
 * @param wire the wire of `{ [type]: record, version, applied, changes, created }`
 */
export const upsertProcedure =
  <Type extends TypeOf<Json>, Json, Read, UpdatedJson, Updated, Upserted>(
    { type }: Served<Type, Json, Read, UpdatedJson, Updated>,
    wire: Wire<UpdatedJson & { created: boolean }, Upserted>,
  ) =>
  <Written>(key: string) =>
    mutation(upsertInput<Written>(recordTypes[type], key), wire, async (roster, actor, parsed) => {
      const { created, ...updated } = await serviceOf<Json>(roster, type).upsert(actor, parsed);
      return { ...namedBy<Json, UpdatedJson>(type)(updated), created };
    });

/** Names the record of an answer by its type. */
const namedBy =
  <Json, UpdatedJson>(type: RecordType) =>
  ({ record, ...result }: UpdateResult & { record: Json }) =>
    ({ [type]: record, ...result }) as unknown as UpdatedJson;

/** The procedures of a type of record that can only be created and listed. */
export const namedProcedures = <Json, Read>(type: TypeOf<Json>, wire: Wire<Json, Read>) => ({
  create: <Written>() =>
    mutation(createInput<Written>(recordTypes[type]), wire, (roster, actor, parsed) =>
      serviceOf<Json>(roster, type).create(actor, parsed),
    ),

  list: () =>
    query(pageInput, pageWire(wire), (roster, actor, parsed) =>
      serviceOf<Json>(roster, type).listEncoded(actor, parsed),
    ),
});
