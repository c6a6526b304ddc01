import { optionFields, parseValue, type Fault, type Field } from "@roster/domain";
import { z } from "zod";

/** A text for inputs with a schema, which follows the rules of a field with this policy. */
export const textSchema = (policy: Field) =>
  z.string().superRefine((text, context) => {
    const faults: Fault[] = [];
    parseValue(policy, text, "", faults);
    for (const { message } of faults) context.addIssue({ code: "custom", message });
  });

/** The reason of a change. It follows the rules of an update's reason. */
export const reasonSchema = textSchema(optionFields.reason);
