import {
  pageSchema,
  parseBySchema,
  parseCreate,
  parseUpdate,
  parseWhere,
  refusal,
  type Fault,
  type Fields,
  type PageInput,
  type ParsedList,
  type Where,
} from "@roster/domain";
import { z } from "zod";
import { input } from "./trpc.ts";

/**
 * Readers of inputs. `Written` is what callers write. Readers of records answer faults as part of
 * what they have read, so that the rules can add theirs; the others throw them.
 */

export const createInput = <Written>(fields: Fields) =>
  input<Written, ReturnType<typeof parseCreate>>((raw) => parseCreate(fields, raw));
export const updateInput = <Written>(fields: Fields) =>
  input<Written, ReturnType<typeof parseUpdate>>((raw) => parseUpdate(fields, raw));

/** By a schema; no input counts as an empty one. */
export const schemaInput = <Written, Read>(schema: z.ZodType<Read>) =>
  input<Written, Read>((raw) => bySchema(schema, raw ?? {}));
export const listInput = <Written>(schema: z.ZodType) =>
  schemaInput<Written | void, ParsedList>(schema as z.ZodType<ParsedList>);
/** A list without filters. */
export const pageInput = input<PageInput | void, ParsedList>((raw) => ({
  ...bySchema(pageSchema, raw ?? {}),
  order: "asc",
}));

/** `{ where, …rest }`, with the rest by a schema. */
export const whereInput = <Written, Rest extends object>(fields: Fields, rest: z.ZodType<Rest>) =>
  input<Written, Rest & { where: readonly Where[] }>((raw) => {
    const faults: Fault[] = [];
    const { where: named, ...others } = (typeof raw === "object" && raw !== null ? raw : {}) as {
      where?: unknown;
    };
    const where = parseWhere(fields, named, "/where", faults);
    const parsed = parseBySchema(rest, others);
    faults.push(...parsed.faults);
    if (!where || faults.length > 0) throw refusal(faults);
    return { ...(parsed.value as Rest), where: [where] };
  });

export const nothing = z.strictObject({});
export const deletedOption = z.strictObject({ deleted: z.boolean().optional() });

function bySchema<T>(schema: z.ZodType<T>, raw: unknown): T {
  const { value, faults } = parseBySchema(schema, raw);
  if (faults.length > 0) throw refusal(faults);
  return value as T;
}
