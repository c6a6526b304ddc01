import type { ErrorCode, Field, JsonObject } from "@roster/domain";
import { fieldSchema, nullable, parameter, schemaRef } from "../json-schema.ts";
import { problemSchema } from "../problem-schema.ts";
import { statuses } from "../problem.ts";
import type { ContentType, IdentityField, WireField, WireFormat } from "./wire-format.ts";

/** The security scheme of a format. Formats with the same scheme share its name. */
export function wireSecurity(
  { auth, name }: WireFormat,
  aboutTokens: string,
): { name: string; scheme: JsonObject } {
  const { header, scheme } = auth;
  const description = `For ${name}'s routes: the word \`Token\`, a space and the token. ${aboutTokens}`;
  return {
    name: securityName(auth),
    scheme:
      scheme === "Bearer"
        ? { type: "http", scheme: "bearer", description: aboutTokens }
        : { type: "apiKey", in: "header", name: header, description },
  };
}

const securityName = ({ header, scheme }: WireFormat["auth"]): string => `${header}-${scheme}`;

/** The OpenAPI operation of a format. */
export function wireOperation(format: WireFormat): JsonObject {
  const { id, tenantHeader, title, name, accepts, reply, example } = format;
  return {
    operationId: title.replaceAll(/\W+/g, "_"),
    summary: title,
    tags: [name],
    security: [{ [securityName(format.auth)]: [] }],
    parameters: [
      ...(id ? [parameter("path", "id", { type: id.type }, id.description, id.example)] : []),
      ...(tenantHeader
        ? [parameter("header", tenantHeader, { type: "integer" }, "The number of the token's tenant.")]
        : []),
    ],
    requestBody: {
      required: true,
      content: Object.fromEntries(accepts.map((type) => [type, bodies[type](format)])),
    },
    responses: {
      "200": {
        description: "The updated record.",
        content: { "application/json": { schema: reply.schema, example: example.reply } },
      },
      ...Object.fromEntries(errorStatuses(format).map((status) => [String(status), refusal(format)])),
    },
  };
}

const refusals = [
  "MALFORMED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "INVALID",
  "VERSION_REQUIRED",
  "INTERNAL",
  "UNAVAILABLE",
] as const satisfies readonly ErrorCode[];

const errorStatuses = ({ auth }: WireFormat): number[] =>
  [...new Set([auth.missing, ...refusals.map((code) => statuses[code])])].toSorted((a, b) => a - b);

const refusal = ({ error, problem }: WireFormat): JsonObject => ({
  description: "A refusal.",
  content: error
    ? { "application/json": { schema: error.schema } }
    : {
        "application/problem+json": {
          schema: problem ? problemSchema(constants(problem)) : schemaRef("Problem"),
        },
      },
});

const constants = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { const: value }]));

/** The request body for each content type. */
const bodies: Record<ContentType, (format: WireFormat) => JsonObject> = {
  "application/json": (format) => ({ schema: requestSchema(format, true), example: format.example.request }),
  "application/xml": (format) => ({
    schema: { ...requestSchema(format, false), xml: { name: "item" } },
    example: xmlOf(format.example.request),
  }),
  "application/x-www-form-urlencoded": (format) => ({
    schema: {
      ...requestSchema(format, false),
      type: ["object", "string"],
      description: "A form, or the text of the JSON object that could be sent as `application/json`.",
      contentMediaType: "application/json",
      contentSchema: requestSchema(format, true),
    },
    example: format.example.request,
  }),
};

/** @param nulls whether the content type can express null */
function requestSchema(format: WireFormat, nulls: boolean): JsonObject {
  const { request, reply } = format;
  const properties: JsonObject = {};
  for (const [name, field] of Object.entries(request)) {
    properties[name] =
      field.to === "identity" ? identitySchema(field) : wireSchema(field, policyOf(format, field), nulls);
  }
  // Only JSON can express all values of a reply.
  if (nulls) Object.assign(properties, echoes(reply.record["properties"] as JsonObject, properties));
  const required = Object.entries(request)
    .filter(([, field]) => field.to === "identity" && field.required)
    .map(([name]) => name);
  return {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length > 0 && { required }),
  };
}

/** Fields that only the reply has. A request may send them back unchanged, which has no effect. */
const echoes = (shown: JsonObject, own: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(shown)
      .filter(([name]) => !Object.hasOwn(own, name))
      .map(([name, schema]) => [
        name,
        {
          ...(schema as JsonObject),
          description: "Only in the reply. A request may send it back unchanged.",
          readOnly: true,
        },
      ]),
  );

const identitySchema = ({ description, schema = { type: "string" } }: IdentityField): JsonObject => ({
  ...schema,
  description,
});

function policyOf({ fields }: WireFormat, { of, to }: WireField): Field {
  return (of ? fields[of] : fields.own)?.[to[1]] as Field;
}

function wireSchema(field: WireField, policy: Field, nulls: boolean): JsonObject {
  const { description, max, spelling } = field;
  const own = spelling?.schema ?? fieldSchema(policy);
  const schema = { ...own, ...(max !== undefined && { maxLength: max }), description };
  return nulls && (field.nullable ?? policy.nullable === true) ? nullable(schema) : schema;
}

/** An example as XML. Its values contain no characters that XML would have to escape. */
const xmlOf = (example: JsonObject): string =>
  [
    '<?xml version="1.0" encoding="utf-8"?>',
    "<item>",
    ...Object.entries(example).map(([name, value]) => `  <${name}>${value as string}</${name}>`),
    "</item>",
  ].join("\n");
