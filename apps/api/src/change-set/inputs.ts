import { changeSetKinds, changeSetName, idSchema, pageSchema } from "@roster/domain";
import { z } from "zod";
import { reasonSchema, textSchema } from "../record/reason.ts";

/** The inputs of requests about change sets. */

export const changeSetOpenSchema = z.strictObject({
  name: textSchema(changeSetName).optional(),
  kind: z.enum(changeSetKinds).exclude(["undo"]).optional(),
  reason: reasonSchema.optional(),
});

export const changeSetNamedSchema = z.strictObject({ where: z.strictObject({ id: idSchema }) });

export const changeSetListSchema = pageSchema.extend({ kind: z.enum(changeSetKinds).optional() });

export const changeSetUndoSchema = changeSetNamedSchema.extend({
  reason: reasonSchema.optional(),
  dryRun: z.boolean().default(false),
  cursor: pageSchema.shape.cursor,
});
