import { valueSchema, type Field, type JsonObject } from "@roster/domain";
import { z } from "zod";

/** The JSON Schema of a zod schema's input. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest as JsonObject;
}

/** The JSON Schema of a field's value as callers may write it, except null. */
export function fieldSchema(policy: Field): JsonObject {
  if (policy.kind === "json") return { type: "object", additionalProperties: true };
  // Callers may repeat entries of a set.
  const { uniqueItems: _, items, ...schema } = jsonSchemaOf(valueSchema(policy));
  return withoutPattern({
    ...schema,
    ...(items !== undefined && { items: withoutPattern(items as JsonObject) }),
  });
}

/** The JSON Schema of a field's value as it is returned, except null. */
export const shownSchema = (policy: Field): JsonObject => ({
  ...fieldSchema(policy),
  ...(policy.kind === "set" && { uniqueItems: true }),
});

/** A schema that also allows null. */
export const nullable = ({ description, ...schema }: JsonObject): JsonObject => ({
  anyOf: [schema, { type: "null" }],
  ...(description !== undefined && { description }),
});

/** If there is a format, zod's pattern is dropped: it can be narrower than what is accepted. */
function withoutPattern({ pattern, ...schema }: JsonObject): JsonObject {
  return pattern === undefined || schema["format"] !== undefined ? schema : { pattern, ...schema };
}
