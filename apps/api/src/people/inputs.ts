import {
  idSchema,
  json,
  parseValue,
  segments,
  text,
  viewLists,
  type Fault,
  type JsonObject,
} from "@roster/domain";
import { z } from "zod";
import { textSchema } from "../record/reason.ts";

/** The inputs of requests about views and figures. */

const name = textSchema(text({ nullable: false, min: 1, description: "For people." }));

/** The most bytes of a view's state, as JSON. */
const maxState = 8 * 1024;
const stateField = json({ nullable: false, description: "What the page that shows the view keeps." });

const state = z.unknown().transform((value, context): JsonObject => {
  const faults: Fault[] = [];
  const read = parseValue(stateField, value, "", faults);
  const size = Buffer.byteLength(JSON.stringify(read ?? null));
  if (size > maxState)
    faults.push({ pointer: "", code: "too_long", message: `must have at most ${maxState} bytes of JSON` });
  for (const { pointer, message } of faults)
    context.addIssue({ code: "custom", message, path: segments(pointer) });
  return faults.length > 0 ? z.NEVER : (read as JsonObject);
});

export const viewCreateSchema = z.strictObject({
  list: z.enum(viewLists),
  name,
  shared: z.boolean().optional(),
  state,
});

const named = z.strictObject({ id: idSchema });
export const viewUpdateSchema = z.strictObject({
  where: named,
  patch: z.strictObject({ name: name.optional(), shared: z.boolean().optional(), state: state.optional() }),
});
export const viewNamedSchema = z.strictObject({ where: named });

export const overviewSchema = z.strictObject({ days: z.int().min(1).max(90).default(30) });

export const actorsSchema = z.strictObject({ ids: z.array(z.string().min(1).max(255)).min(1).max(100) });

export const notDuplicatesSchema = z.strictObject({
  a: idSchema,
  b: idSchema,
  takeBack: z.boolean().optional(),
});
