import {
  changeSetName,
  idSchema,
  isPlainObject,
  parseBySchema,
  parseEdits,
  type Fault,
  type Fields,
  type ParsedCreate,
  type ParsedFind,
} from "@roster/domain";
import { z } from "zod";
import type { ParsedWhere } from "./change-where.ts";
import { reasonSchema, textSchema } from "./reason.ts";

const blocks = ["patch", "replace", "add", "remove"] as const;

/** The options of a change of all records that match, beside the edits and the conditions. */
export const whereOptions = {
  name: textSchema(changeSetName).optional(),
  reason: reasonSchema.optional(),
  dryRun: z.boolean().default(false),
  resume: idSchema.optional(),
};

/**
 * Reads `{ filter?, search?, name?, reason?, dryRun?, resume? }` and, for an update, the blocks of its edits. One of
 * `filter` and `search` must be there.
 *
 * @param fields the fields that an update may edit; undefined for a deletion
 * @param find the schema of the conditions
 */
export function parseChangeWhere(fields: Fields | undefined, find: z.ZodObject, raw: unknown): ParsedWhere {
  const given = isPlainObject(raw) ? (raw as Record<string, unknown>) : {};
  const own = Object.fromEntries(
    Object.entries(given).filter(([key]) => !fields || !(blocks as readonly string[]).includes(key)),
  );
  const schema = find.omit({ fresh: true }).extend(whereOptions);
  const { value, faults } = parseBySchema(schema, isPlainObject(raw) ? own : raw);
  const edits: ParsedCreate = fields ? parseEdits(fields, given) : { edits: [], faults: [] };
  const all: Fault[] = [...faults, ...edits.faults];
  type Options = Pick<ParsedWhere, keyof typeof whereOptions> & ParsedFind;
  const { filter, search, ...options } = (value ?? { dryRun: false }) as unknown as Options;
  // Without a condition, a mistake would change every record.
  if (isPlainObject(raw) && given["search"] === undefined && isEmpty(given["filter"], 3)) {
    const message = "must have a condition; all live records meet deleted: false";
    all.unshift({ pointer: "/filter", code: "required", message });
  }
  return { ...options, find: { filter, search }, edits: edits.edits, faults: all };
}

/**
 * Whether a filter, or a part of one, has no condition. JSON drops an operand that is undefined, which leaves
 * an empty object.
 *
 * @param depth the number of levels of objects
 */
const isEmpty = (part: unknown, depth: number): boolean =>
  part === undefined ||
  (isPlainObject(part) && depth > 0 && Object.values<unknown>(part).every((one) => isEmpty(one, depth - 1)));
