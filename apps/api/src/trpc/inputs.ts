import {
  instantSchema,
  pageSchema,
  parseBySchema,
  parseCreate,
  parseCreateMany,
  parseMany,
  parseRevert,
  parseUpdate,
  parseUpsertMany,
  parseWhere,
  refusal,
  type Fault,
  type Fields,
  type PageInput,
  type ParsedCreate,
  type ParsedFind,
  type ParsedList,
  type ParsedMany,
  type ParsedRevert,
  type ParsedUpdate,
  type ParsedUpsert,
  type Where,
} from "@roster/domain";
import { z } from "zod";
import type { ParsedWhere } from "../record/change-where.ts";
import { parseChangeWhere } from "../record/where-input.ts";
import { reasonSchema } from "../record/reason.ts";
import { input, mutationInput } from "./trpc.ts";

/**
 * Readers of inputs. `Written` is the type that callers write. Readers of records return their faults, so
 * that the rules can add more; other readers throw them.
 */

export const createInput = <Written>(fields: Fields) =>
  mutationInput<Written, ParsedCreate>((raw) => parseCreate(fields, raw));
export const updateInput = <Written>(fields: Fields) =>
  mutationInput<Written, ParsedUpdate>((raw) => parseUpdate(fields, raw));
export const manyInput = <Written>(fields: Fields) =>
  mutationInput<Written, ParsedMany>((raw) => parseMany(fields, raw));
export const createManyInput = <Written>(fields: Fields) =>
  mutationInput<Written, ParsedMany<ParsedCreate>>((raw) => parseCreateMany(fields, raw));
export const upsertManyInput = <Written>(fields: Fields) =>
  mutationInput<Written, ParsedMany<ParsedUpsert>>((raw) => parseUpsertMany(fields, raw));
/** Reads a change of all records that match. @param fields those of an update; undefined for a deletion */
export const changeWhereInput = <Written>(fields: Fields | undefined, find: z.ZodObject) =>
  mutationInput<Written, ParsedWhere>((raw) => parseChangeWhere(fields, find, raw));
export const revertInput = <Written>(fields: Fields) =>
  mutationInput<Written, ParsedRevert>((raw) => parseRevert(fields, raw));
/** Reads an update of the record with this unique value, which may not exist yet. */
export const upsertInput = <Written>(fields: Fields, key: string) =>
  mutationInput<Written, ParsedUpdate>((raw) => {
    const parsed = parseUpdate(fields, raw);
    const [where] = parsed.where;
    if (where === undefined || where.field === key) return parsed;
    throw refusal([{ pointer: "/where", code: "ambiguous", message: `must name the record by ${key}` }]);
  });
/** Reads the input of a mutation by a schema. */
export const schemaMutation = <Written, Read>(schema: z.ZodType<Read>) =>
  mutationInput<Written, Read>((raw) => bySchema(schema, raw ?? {}));
/** Passes the raw input on to a reader in the service. */
export const rawInput = <Written>() => mutationInput<Written, unknown>((raw) => raw);

/** Reads an input by a schema; a missing input counts as an empty one. */
export const schemaInput = <Written, Read>(schema: z.ZodType<Read>) =>
  input<Written, Read>((raw) => bySchema(schema, raw ?? {}));
/** The direction that tRPC's infinite queries add. Cursors lead forward only. */
export const forward = {
  direction: z.literal("forward", 'must be "forward": there are no cursors for the pages before').optional(),
};
export const pageOption = pageSchema.extend(forward);
export const listInput = <Written>(schema: z.ZodObject) =>
  schemaInput<Written | void, ParsedList>(schema.safeExtend(forward) as unknown as z.ZodType<ParsedList>);
export const countInput = <Written>(schema: z.ZodObject) => schemaInput<Written | void, ParsedFind>(schema);
/** Reads the input of a list without filters. */
export const pageInput = input<PageInput | void, ParsedList>((raw) => ({
  ...bySchema(pageOption, raw ?? {}),
  order: "asc",
}));
/** Reads the input of a list without pages. */
export const wholeListInput = schemaInput<void, object>(z.strictObject(forward));

/** Reads `{ where, …rest }`; the schema is that of the rest. */
export const whereInput = <Written, Rest extends object>(fields: Fields, rest: z.ZodType<Rest>) =>
  input<Written, Rest & { where: readonly Where[] }>(readWhere(fields, rest));
/** Like `whereInput`, for a mutation. */
export const whereMutation = <Written, Rest extends object>(fields: Fields, rest: z.ZodType<Rest>) =>
  mutationInput<Written, Rest & { where: readonly Where[] }>(readWhere(fields, rest));

const readWhere =
  <Rest extends object>(fields: Fields, rest: z.ZodType<Rest>) =>
  (raw: unknown): Rest & { where: readonly Where[] } => {
    const faults: Fault[] = [];
    const { where: named, ...others } = (typeof raw === "object" && raw !== null ? raw : {}) as {
      where?: unknown;
    };
    const where = parseWhere(fields, named, "/where", faults);
    const parsed = parseBySchema(rest, others);
    faults.push(...parsed.faults);
    if (!where || faults.length > 0) throw refusal(faults);
    return { ...(parsed.value as Rest), where };
  };

/** Reads a record's name and a moment in its history: a version or an instant. */
export const atInput = <Written>(fields: Fields) =>
  input<Written, { where: readonly Where[]; moment: { version: number } | { at: string } }>((raw) => {
    const { where, version, at } = readWhere(fields, momentOption)(raw);
    if (version !== undefined && at === undefined) return { where, moment: { version } };
    if (version === undefined && at !== undefined) return { where, moment: { at } };
    throw refusal([
      { pointer: "/version", code: "ambiguous", message: "say either a version or an instant (at)" },
    ]);
  });

const momentOption = z.strictObject({
  version: z.int().min(1).optional(),
  at: instantSchema.optional(),
});
export const diffOption = z.strictObject({ from: z.int().min(1), to: z.int().min(1) });
export const membersOption = z.strictObject({
  version: z.int().min(1).optional(),
  limit: z.int().min(1).max(1_000).default(100),
  cursor: z.string().max(4096).optional(),
  ...forward,
});
export const nothing = z.strictObject({});
export const reasonOption = z.strictObject({ reason: reasonSchema.optional() });
export const deletionOption = reasonOption.extend({ expectedVersion: z.int().min(1).optional() });
export const deletedOption = z.strictObject({ deleted: z.boolean().optional() });

function bySchema<T>(schema: z.ZodType<T>, raw: unknown): T {
  const { value, faults } = parseBySchema(schema, raw);
  if (faults.length > 0) throw refusal(faults);
  return value as T;
}
