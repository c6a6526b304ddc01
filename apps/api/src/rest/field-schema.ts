import { valueSchema, type Field, type JsonObject } from "@roster/domain";
import { z } from "zod";

/** A zod schema as the JSON Schema of what callers write. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest as JsonObject;
}

/** The JSON Schema of a field's value, `null` aside. */
export const fieldSchema = (policy: Field): JsonObject =>
  policy.kind === "json" ? { type: "object" } : jsonSchemaOf(valueSchema(policy));
