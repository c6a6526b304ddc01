import { optionFields, parseValue, type Fault } from "@roster/domain";
import { z } from "zod";

/** The reason of a change, for inputs that are read by a schema: the same text as that of an update. */
export const reasonSchema = z.string().superRefine((reason, context) => {
  const faults: Fault[] = [];
  parseValue(optionFields.reason, reason, "", faults);
  for (const { message } of faults) context.addIssue({ code: "custom", message });
});
