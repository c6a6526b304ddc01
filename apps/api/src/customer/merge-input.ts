import {
  customerFields,
  mergeableFields,
  parseBySchema,
  parseWhere,
  refusal,
  type Fault,
} from "@roster/domain";
import { z } from "zod";
import type { Alternatives } from "../record/command.ts";
import { reasonSchema } from "../record/reason.ts";

/** A merge request, parsed. */
export interface ParsedMerge {
  where: Alternatives;
  into: Alternatives;
  prefer: Readonly<Record<string, "into" | "from">>;
  reason: string | undefined;
  dryRun: boolean;
}

const option = z.strictObject({
  prefer: z
    .partialRecord(z.enum(mergeableFields as [string, ...string[]]), z.enum(["into", "from"]))
    .optional(),
  reason: reasonSchema.optional(),
  dryRun: z.boolean().optional(),
});

/** Reads `{ where, into, prefer?, reason?, dryRun? }`. @throws RosterError INVALID with all faults */
export function parseMerge(raw: unknown): ParsedMerge {
  const faults: Fault[] = [];
  const given: Record<string, unknown> = typeof raw === "object" && raw !== null ? { ...raw } : {};
  const { where, into, ...rest } = given;
  const from = parseWhere(customerFields, where, "/where", faults);
  const survivor = parseWhere(customerFields, into, "/into", faults);
  const { value, faults: others } = parseBySchema(option, rest);
  faults.push(...others);
  if (!from || !survivor || !value || faults.length > 0) throw refusal(faults);
  const prefer = (value.prefer ?? {}) as ParsedMerge["prefer"];
  return { where: from, into: survivor, prefer, reason: value.reason, dryRun: value.dryRun ?? false };
}
