import { optionFields, parseValue, type Fault } from "@roster/domain";
import { z } from "zod";

/** The reason of a change, for inputs with a schema. It follows the rules of an update's reason. */
export const reasonSchema = z.string().superRefine((reason, context) => {
  const faults: Fault[] = [];
  parseValue(optionFields.reason, reason, "", faults);
  for (const { message } of faults) context.addIssue({ code: "custom", message });
});
