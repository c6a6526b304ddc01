import { valueSchema, type Field, type JsonObject } from "@roster/domain";
import { z } from "zod";
import { statuses } from "./problem.ts";
import type { WireField, WireFormat } from "./wire-formats/wire-format.ts";

/** The OpenAPI 3.1 document of the documented third-party formats, made from the formats themselves. */
export function openApi(formats: readonly WireFormat[]): JsonObject {
  const securitySchemes: JsonObject = {};
  const paths: JsonObject = {};
  for (const format of formats) {
    const security = securityName(format);
    securitySchemes[security] =
      format.auth.scheme === "Bearer"
        ? { type: "http", scheme: "bearer" }
        : { type: "apiKey", in: "header", name: format.auth.header, description: "`Token <token>`" };
    paths[format.path] = { [format.method.toLowerCase()]: operation(format, security) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Roster",
      version: "0.1.0",
      description:
        "Customer and user records. Typed calls go to `/trpc` through `@roster/client`; these are the third-party formats that Roster serves.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { securitySchemes, schemas: { Problem: problem } },
  };
}

const securityName = ({ auth }: WireFormat): string => `${auth.header}-${auth.scheme}`;

function operation(format: WireFormat, security: string): JsonObject {
  const hasId = format.path.includes("{id}");
  const parameters: JsonObject[] = [];
  if (hasId) parameters.push({ name: "id", in: "path", required: true, schema: { type: "string" } });
  if (format.tenantHeader) {
    parameters.push({
      name: format.tenantHeader,
      in: "header",
      required: false,
      schema: { type: "integer" },
      description: "The number of the token's tenant.",
    });
  }
  const schema = requestSchema(format);
  return {
    operationId: format.title.replaceAll(/\W+/g, "_"),
    summary: format.title,
    tags: [format.name],
    security: [{ [security]: [] }],
    parameters,
    requestBody: {
      required: true,
      content: Object.fromEntries(
        format.accepts.map((type) => [
          type,
          {
            schema: type === "application/xml" ? { ...schema, xml: { name: "item" } } : schema,
            ...(type === "application/json" && { example: format.example.request }),
          },
        ]),
      ),
    },
    responses: {
      "200": {
        description: "The updated record.",
        content: { "application/json": { schema: { type: "object" }, example: format.example.reply } },
      },
      ...Object.fromEntries(errorStatuses(format).map((status) => [String(status), errorResponse(format)])),
    },
  };
}

const errorStatuses = ({ auth }: WireFormat): number[] => {
  const possible = [
    "MALFORMED",
    "FORBIDDEN",
    "NOT_FOUND",
    "CONFLICT",
    "TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "INVALID",
    "UNAVAILABLE",
  ] as const;
  return [...new Set([auth.missing, ...possible.map((code) => statuses[code])])].toSorted((a, b) => a - b);
};

function errorResponse(format: WireFormat): JsonObject {
  return {
    description: "A refusal.",
    content: format.error
      ? { "application/json": { schema: { type: "object" } } }
      : { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function requestSchema({ request, fields }: WireFormat): JsonObject {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(request)) {
    if (field.to === "identity") {
      properties[name] = { type: name === "customer" ? "object" : "string", description: field.description };
      if (field.required) required.push(name);
    } else {
      const policies = field.of ? fields[field.of] : fields.own;
      properties[name] = fieldSchema(field, policies?.[field.to[1]] as Field);
    }
  }
  return {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
}

function fieldSchema(field: WireField, policy: Field): JsonObject {
  const nullable = field.nullable ?? policy.nullable === true;
  const value = field.schema ?? jsonSchema(policy);
  return {
    ...(nullable && !field.schema ? { anyOf: [value, { type: "null" }] } : value),
    ...(field.max !== undefined && !nullable && { maxLength: field.max }),
    description: field.description,
  };
}

/** The JSON Schema of a field's value. */
const jsonSchema = (policy: Field): JsonObject => {
  if (policy.kind === "json") return { type: "object" };
  const { $schema: _, ...schema } = z.toJSONSchema(valueSchema(policy), { io: "input" });
  return schema as JsonObject;
};

const problem: JsonObject = {
  type: "object",
  description: "RFC 9457",
  required: ["title", "status", "detail", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "code", "detail"],
        properties: {
          pointer: { type: "string", format: "json-pointer" },
          code: { type: "string" },
          detail: { type: "string" },
        },
      },
    },
  },
};
