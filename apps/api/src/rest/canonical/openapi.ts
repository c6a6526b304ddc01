import type { ErrorCode, JsonObject } from "@roster/domain";
import { bearer, parameter, schemaRef, text } from "../json-schema.ts";
import { statuses } from "../problem.ts";
import { operations } from "./all-operations.ts";
import type { Operation, RequestHeader, ResponseHeader } from "./operation.ts";
import { eventStream, mergePatch } from "./operation.ts";
import { bulkResources, resources } from "./resource.ts";
import { bulkSchemas, bulkSchemasOf } from "./bulk-schemas.ts";
import { schemasOf, sharedSchemas } from "./schemas.ts";

/** The component schemas of the canonical REST API. */
export const canonicalSchemas = (): JsonObject => ({
  ...Object.assign({}, ...resources.map(schemasOf), ...bulkResources.map(bulkSchemasOf)),
  ...bulkSchemas,
  ...sharedSchemas,
});

/** The paths of the canonical REST API. */
export function canonicalPaths(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const one of operations) {
    (paths[one.path] ??= {})[one.method.toLowerCase()] = operationObject(one);
  }
  return paths;
}

function operationObject(operation: Operation): JsonObject {
  const { method, path, parameters = [], accepts, body, headers = [], success } = operation;
  const isChange = method !== "GET";
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: operation.description,
    tags: ["roster"],
    security: [{ [bearer]: [] }],
    parameters: [
      ...(path.includes("{id}") ? [idParameter(path)] : []),
      ...parameters.map(({ name, description: words, schema, example }) => ({
        ...parameter("query", name, schema, words, example),
        ...(schema["type"] === "array" && { style: "form", explode: false }),
      })),
      ...[...headers, ...(isChange ? (["Idempotency-Key"] as const) : [])].map((name) =>
        parameter("header", name, { type: "string" }, requestHeaders[name]),
      ),
    ],
    ...(accepts && body && { requestBody: { required: true, content: { [accepts]: body } } }),
    responses: {
      [success.status ?? 200]: {
        description: success.description,
        headers: shown([...(success.headers ?? []), ...(isChange ? (["Idempotent-Replayed"] as const) : [])]),
        content: {
          "application/json": { schema: success.schema },
          ...(success.stream !== undefined && {
            [eventStream]: { schema: text(success.stream) },
          }),
        },
      },
      ...(operation.notModified && {
        "304": { description: "The caller's copy is current.", headers: shown(["ETag"]) },
      }),
      ...refusals(operation),
    },
  };
}

/**
 * The `{id}` of a path, with that of the record that the resource's example creates as its example, unless
 * Roster makes it up.
 */
function idParameter(path: string): JsonObject {
  const resource = resources.find((one) => path.startsWith(`${one.path}/`));
  if (!resource) return parameter("path", "id", { type: "string" }, "The id.");
  const description = "The record's id, or the value of the unique field in `by`.";
  const { create, key } = resource.example;
  return parameter("path", "id", { type: "string" }, description, create[key]);
}

const requestHeaders: Record<RequestHeader, string> = {
  "If-Match":
    'Refuses the change unless the record has one of these entity tags, such as `"7"`; `*` matches any. Weak tags never match.',
  "If-None-Match": "Answers 304 without a body if the record still has one of these entity tags.",
  "Last-Event-ID":
    "For a stream: the id of the last event that the caller has. The stream continues after it.",
  "Idempotency-Key":
    "1 to 255 printable ASCII characters, with or without double quotes. A repeated request with the same key is not carried out again; it gets the first answer.",
};

const responseHeaders: Record<ResponseHeader, JsonObject> = {
  ETag: { schema: { type: "string" }, description: 'The record\'s version as an entity tag, such as `"7"`.' },
  Location: { schema: { type: "string" }, description: "The path of the new record." },
  "Roster-Applied": {
    schema: { type: "string", enum: ["true", "false"] },
    description: "`false` if nothing was stored: the record already had these values, or it was a dry run.",
  },
  "Idempotent-Replayed": {
    schema: { type: "string", enum: ["true"] },
    description:
      "Present if the idempotency key was seen before: this is the first answer again, and nothing was done.",
  },
};

const shown = (names: readonly ResponseHeader[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, responseHeaders[name]]));

const always = ["UNAUTHENTICATED", "FORBIDDEN", "INVALID", "MALFORMED", "INTERNAL", "UNAVAILABLE"] as const;
const withBody = ["TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const;

const descriptions: Partial<Record<ErrorCode, string>> = {
  MALFORMED: "The request cannot be parsed.",
  INVALID: "The request breaks rules, or its idempotency key was used for a different request.",
  UNAUTHENTICATED: "The request has no valid token.",
  FORBIDDEN: "The token lacks the required scope.",
  NOT_FOUND: "There is no such record, or it is deleted.",
  CONFLICT: "A unique value is taken, or the record is in use.",
  STALE_VERSION: "The record is at another version. For a change, `conflict` lists what changed since.",
  VERSION_REQUIRED: "The tenant requires changes to state the expected version.",
  TOO_LARGE: "The body is too large.",
  UNSUPPORTED_MEDIA_TYPE: "The body has another media type, or is compressed.",
  INTERNAL: "An internal error that the request did not cause.",
  UNAVAILABLE:
    "Too many changes are waiting, or the database does not answer; try again later. With the code `UNCERTAIN`, the change may or may not be stored: repeat it with its idempotency key.",
};

function refusals({ accepts, refusals: own = [] }: Operation): JsonObject {
  const codes = [...always, ...(accepts ? withBody : []), ...own];
  const sorted = codes.toSorted((a, b) => statuses[a] - statuses[b]);
  return Object.fromEntries(
    sorted.map((code) => [String(statuses[code]), refusal(code, accepts === mergePatch)]),
  );
}

function refusal(code: ErrorCode, patch: boolean): JsonObject {
  const header: JsonObject | undefined =
    code === "UNAUTHENTICATED"
      ? { "WWW-Authenticate": { schema: { type: "string" }, description: "`Bearer`." } }
      : code === "UNSUPPORTED_MEDIA_TYPE" && patch
        ? { "Accept-Patch": { schema: { type: "string" }, description: `\`${mergePatch}\`.` } }
        : undefined;
  return {
    description: descriptions[code] ?? code,
    ...(header && { headers: header }),
    content: { "application/problem+json": { schema: schemaRef("Problem") } },
  };
}
