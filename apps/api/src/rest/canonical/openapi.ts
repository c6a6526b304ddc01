import type { ErrorCode, JsonObject, JsonValue } from "@roster/domain";
import { statuses } from "../problem.ts";
import type { Operation, RequestHeader, ResponseHeader } from "./operation.ts";
import { eventStream, mergePatch } from "./operation.ts";
import { resources } from "./resource.ts";
import { schemasOf, sharedSchemas } from "./schemas.ts";

/** The schemas of the canonical REST API, for the components of the document. */
export const canonicalSchemas = (): JsonObject => ({
  ...Object.assign({}, ...resources.map(schemasOf)),
  ...sharedSchemas,
});

/**
 * The paths of the canonical REST API.
 * @param security the name of the security scheme of bearer tokens
 */
export function canonicalPaths(operations: readonly Operation[], security: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const one of operations) {
    (paths[one.path] ??= {})[one.method.toLowerCase()] = operationObject(one, security);
  }
  return paths;
}

function operationObject(operation: Operation, security: string): JsonObject {
  const { path, parameters, accepts, document } = operation;
  const { id, summary, description, headers, body, success } = document;
  return {
    operationId: id,
    summary,
    description,
    tags: ["roster"],
    security: [{ [security]: [] }],
    parameters: [
      ...(path.includes("{id}")
        ? [
            {
              name: "id",
              in: "path",
              required: true,
              schema: { type: "string" },
              description: "The record's id, or the unique value that `by` says.",
              example: exampleId(path),
            },
          ]
        : []),
      ...parameters.map(({ name, description: words, schema, example }) => ({
        name,
        in: "query",
        required: false,
        schema,
        ...(schema["type"] === "array" && { style: "form", explode: false }),
        description: words,
        ...(example !== undefined && { example }),
      })),
      ...headers.map((name) => ({ name, in: "header", required: false, ...requestHeaders[name] })),
    ],
    ...(accepts && body && { requestBody: { required: true, content: { [accepts]: body } } }),
    responses: {
      [String(success.status)]: {
        description: success.description,
        headers: shown(success.headers),
        content: {
          "application/json": { schema: success.schema },
          ...(success.stream !== undefined && {
            [eventStream]: { schema: { type: "string", description: success.stream } },
          }),
        },
      },
      ...(document.notModified && {
        "304": { description: "The caller has the record as it is.", headers: shown(["ETag"]) },
      }),
      ...refusals(operation),
    },
  };
}

/** The `{id}` of the record that the example of its resource makes. */
function exampleId(path: string): JsonValue {
  const resource = resources.find((one) => path.startsWith(`${one.path}/`));
  return resource?.example.create[resource.example.key] ?? "";
}

const requestHeaders: Record<RequestHeader, JsonObject> = {
  "If-Match": {
    schema: { type: "string" },
    description:
      'Refuses the change unless the record has one of these entity tags, such as `"7"`; `*` is any. Weak tags never match.',
  },
  "If-None-Match": {
    schema: { type: "string" },
    description: "Answers 304 without a body where the record still has one of these entity tags.",
  },
  "Last-Event-ID": {
    schema: { type: "string" },
    description: "Of a stream: the id of the last event that the caller has, after which it goes on.",
  },
  "Idempotency-Key": {
    schema: { type: "string" },
    description:
      "1 to 255 printable ASCII characters, in double quotes or without. The same request with the same key is done once, and answered as the first time.",
  },
};

const responseHeaders: Record<ResponseHeader, JsonObject> = {
  ETag: { schema: { type: "string" }, description: 'The record\'s version as an entity tag, such as `"7"`.' },
  Location: { schema: { type: "string" }, description: "Where the new record is." },
  "Roster-Applied": {
    schema: { type: "string", enum: ["true", "false"] },
    description: "`false` when nothing changed: the record was so already, or it was a dry run.",
  },
  "Idempotent-Replayed": {
    schema: { type: "string", enum: ["true"] },
    description: "Sent when an idempotency key has brought the first answer again, and nothing was done.",
  },
};

const shown = (names: readonly ResponseHeader[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, responseHeaders[name]]));

const always = ["UNAUTHENTICATED", "FORBIDDEN", "INVALID", "MALFORMED", "INTERNAL", "UNAVAILABLE"] as const;
const withBody = ["TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const;

const descriptions: Partial<Record<ErrorCode, string>> = {
  MALFORMED: "The request cannot be read.",
  INVALID: "The request breaks rules, or its idempotency key was used for another one.",
  UNAUTHENTICATED: "There is no token that is known.",
  FORBIDDEN: "The token lacks the scope.",
  NOT_FOUND: "There is no such record, or it is deleted.",
  CONFLICT: "A unique value is taken, or the record is in use.",
  STALE_VERSION:
    "The record has another version; where it was to be changed, `conflict` says what changed since.",
  VERSION_REQUIRED: "The tenant wants changes to say which version they are of.",
  TOO_LARGE: "The body is too large.",
  UNSUPPORTED_MEDIA_TYPE: "The body is in another media type, or compressed.",
  INTERNAL: "Something went wrong that is no fault of the request.",
  UNAVAILABLE:
    "Too many changes are waiting, or the database does not answer; try again later. With the code `UNCERTAIN` a change may be stored nevertheless: repeat it with its idempotency key.",
};

function refusals({ accepts, document }: Operation): JsonObject {
  const codes = [...always, ...(accepts ? withBody : []), ...document.refusals];
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
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}
