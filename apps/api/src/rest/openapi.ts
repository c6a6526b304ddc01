import { faultCodes, errorCodes, type Field, type JsonObject } from "@roster/domain";
import { canonicalPaths, canonicalSchemas } from "./canonical/openapi.ts";
import type { Operation } from "./canonical/operation.ts";
import { fieldSchema } from "./field-schema.ts";
import { statuses } from "./problem.ts";
import type { WireField, WireFormat } from "./wire-formats/wire-format.ts";

/**
 * The OpenAPI 3.1 document, made from what is served: the operations of the canonical REST API and
 * the documented third-party formats.
 */
export function openApi(operations: readonly Operation[], formats: readonly WireFormat[]): JsonObject {
  // The first is what the page at /docs asks for first.
  const securitySchemes: JsonObject = {
    [bearer]: { type: "http", scheme: "bearer", description: `For Roster's own routes. ${aboutTokens}` },
  };
  const paths: JsonObject = canonicalPaths(operations, bearer);
  for (const format of formats) {
    const security = securityName(format);
    securitySchemes[security] ??=
      format.auth.scheme === "Bearer"
        ? { type: "http", scheme: "bearer", description: aboutTokens }
        : {
            type: "apiKey",
            in: "header",
            name: format.auth.header,
            description: `For ${format.name}'s routes: the word \`Token\`, a space and the token. ${aboutTokens}`,
          };
    paths[format.path] = { [format.method.toLowerCase()]: operation(format, security) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Roster",
      version: "0.1.0",
      description:
        "Customer and user records. The routes under `/api/customers` and `/api/users` are Roster's own; the others are the third-party formats that it serves. Typed calls go to `/trpc` through `@roster/client`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { securitySchemes, schemas: { ...canonicalSchemas(), Problem: problem } },
  };
}

const bearer = "Authorization-Bearer";
const aboutTokens =
  "The first start of a server prints the token of an admin; `token.create`, and `npm run db:token` for operators, make others.";
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
    "VERSION_REQUIRED",
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
      properties[name] = wireSchema(field, policies?.[field.to[1]] as Field);
    }
  }
  return {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
}

function wireSchema(field: WireField, policy: Field): JsonObject {
  const nullable = field.nullable ?? policy.nullable === true;
  const value = field.schema ?? fieldSchema(policy);
  return {
    ...(nullable && !field.schema ? { anyOf: [value, { type: "null" }] } : value),
    ...(field.max !== undefined && !nullable && { maxLength: field.max }),
    description: field.description,
  };
}

const text = (description: string): JsonObject => ({ type: "string", description });

const problem: JsonObject = {
  type: "object",
  description: "RFC 9457",
  required: ["title", "status", "detail", "code"],
  properties: {
    type: { type: "string" },
    title: text("The code in words."),
    status: { type: "integer" },
    detail: text("What is wrong with this request."),
    code: { type: "string", enum: [...errorCodes] },
    errors: {
      type: "array",
      description: "Every fault of the request, each with one of `pointer`, `parameter` and `header`.",
      items: {
        type: "object",
        required: ["code", "detail"],
        properties: {
          pointer: { ...text("Where in the body."), format: "json-pointer" },
          parameter: text("Which parameter of the query."),
          header: text("Which header."),
          code: { type: "string", enum: [...faultCodes] },
          detail: text("What is wrong there."),
        },
      },
    },
    conflict: {
      type: "object",
      description: "What stands against a change of another version.",
      required: ["expectedVersion", "currentVersion", "changedSince"],
      properties: {
        expectedVersion: {
          type: "integer",
          description: "The version that the caller had; 0 when it named none.",
        },
        currentVersion: { type: "integer", description: "The version that the record has." },
        changedSince: {
          type: "array",
          description: "Each value that changed in between, with its latest change.",
          items: {
            type: "object",
            required: ["path", "version", "at", "actor"],
            properties: {
              path: { ...text("Where in the record."), format: "json-pointer" },
              version: { type: "integer", description: "The version that the change made." },
              at: { ...text("When."), format: "date-time" },
              actor: text("Who did it."),
            },
          },
        },
      },
    },
  },
};
