import { valueSchema, type Field, type JsonObject } from "@roster/domain";
import { z } from "zod";

/** A zod schema as the JSON Schema of what callers write. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest as JsonObject;
}

/** The JSON Schema of a field's value as callers may write it, `null` aside. */
export function fieldSchema(policy: Field): JsonObject {
  if (policy.kind === "json") return { type: "object", additionalProperties: true };
  // A set is written with repetitions, too.
  const { uniqueItems: _, items, ...schema } = jsonSchemaOf(valueSchema(policy));
  return withoutPattern({
    ...schema,
    ...(items !== undefined && { items: withoutPattern(items as JsonObject) }),
  });
}

/** The JSON Schema of a field's value as it is answered, `null` aside. */
export const shownSchema = (policy: Field): JsonObject => ({
  ...fieldSchema(policy),
  ...(policy.kind === "set" && { uniqueItems: true }),
});

/** Or null. */
export const nullable = ({ description, ...schema }: JsonObject): JsonObject => ({
  anyOf: [schema, { type: "null" }],
  ...(description !== undefined && { description }),
});

/** Where a format says what a text is, zod's pattern for it can be narrower than what is taken. */
function withoutPattern({ pattern, ...schema }: JsonObject): JsonObject {
  return pattern === undefined || schema["format"] !== undefined ? schema : { pattern, ...schema };
}
