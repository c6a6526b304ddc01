import { valueSchema, type Field, type JsonObject, type JsonValue } from "@roster/domain";
import { z } from "zod";

/** The JSON Schemas of the OpenAPI document. */

export const text = (description: string): JsonObject => ({ type: "string", description });
export const integer = (description: string): JsonObject => ({ type: "integer", description });
export const flag = (description: string): JsonObject => ({ type: "boolean", description });
export const instant = (description: string): JsonObject => ({ ...text(description), format: "date-time" });
export const pointerText = (description: string): JsonObject => ({
  ...text(description),
  format: "json-pointer",
});
export const choice = (options: readonly string[], description: string): JsonObject => ({
  type: "string",
  enum: [...options],
  description,
});
export const list = (items: JsonObject, description: string): JsonObject => ({
  type: "array",
  items,
  description,
});

/** A schema of the document by its name. */
export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

/** An object with these properties and no others. */
export const object = (properties: JsonObject, optional: readonly string[] = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

/** A schema that also allows null. */
export const nullable = ({ description, ...schema }: JsonObject): JsonObject => ({
  anyOf: [schema, { type: "null" }],
  ...(description !== undefined && { description }),
});

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

/** If there is a format, zod's pattern is dropped: it can be narrower than what is accepted. */
function withoutPattern({ pattern, ...schema }: JsonObject): JsonObject {
  return pattern === undefined || schema["format"] !== undefined ? schema : { pattern, ...schema };
}

/** The JSON Schema of a field as callers may write it. */
export function writtenSchema(policy: Field, description = policy.description): JsonObject {
  const schema = { ...fieldSchema(policy), description };
  return policy.nullable ? nullable(schema) : schema;
}

/** The JSON Schema of a field as it is returned. */
export function shownSchema(policy: Field): JsonObject {
  const { description, nullable: isNullable } = policy;
  const schema = { ...fieldSchema(policy), ...(policy.kind === "set" && { uniqueItems: true }), description };
  return isNullable ? nullable(schema) : schema;
}

/** The name of the security scheme of Roster's own routes. */
export const bearer = "Authorization-Bearer";

/** A parameter of an operation. */
export const parameter = (
  place: "path" | "query" | "header",
  name: string,
  schema: JsonObject,
  description: string,
  example?: JsonValue,
): JsonObject => ({
  name,
  in: place,
  required: place === "path",
  schema,
  description,
  ...(example !== undefined && { example }),
});
