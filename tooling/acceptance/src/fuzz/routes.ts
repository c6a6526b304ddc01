import { isJsonObject, type JsonObject, type JsonValue } from "@roster/domain";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  schema: JsonValue;
}

/** An operation of the OpenAPI document. */
export interface Operation {
  method: string;
  /** The path template, such as `/customers/{id}`. */
  path: string;
  parameters: readonly Parameter[];
  /** The body's schemas by content type. */
  body: Readonly<Record<string, JsonValue>>;
  /** The token's header, and the scheme before the token. */
  auth: { header: string; scheme: string };
  /** Example bodies that are JSON objects. */
  examples: readonly JsonObject[];
  /** Content types of answers by status. */
  answers: ReadonlyMap<number, readonly string[]>;
}

/** All operations of an OpenAPI document. */
export function operationsOf(document: JsonObject): Operation[] {
  const schemes = part(document, "components", "securitySchemes");
  return Object.entries(part(document, "paths")).flatMap(([path, methods]) =>
    Object.entries(methods as JsonObject).map(([method, given]): Operation => {
      const operation = given as JsonObject;
      const [security] = (operation["security"] ?? []) as JsonObject[];
      const scheme = part(schemes, Object.keys(security ?? {})[0] ?? "");
      return {
        method: method.toUpperCase(),
        path,
        parameters: (operation["parameters"] ?? []) as unknown as Parameter[],
        body: Object.fromEntries(
          Object.entries(part(operation, "requestBody", "content")).map(([type, content]) => [
            type,
            part(content, "schema"),
          ]),
        ),
        examples: Object.values(part(operation, "requestBody", "content"))
          .map((content) => part(content, "example"))
          .filter((example) => Object.keys(example).length > 0),
        auth:
          scheme["type"] === "http"
            ? { header: "Authorization", scheme: "Bearer" }
            : { header: scheme["name"] as string, scheme: "Token" },
        answers: new Map(
          Object.entries(part(operation, "responses")).map(([status, answer]) => [
            Number(status),
            Object.keys(part(answer, "content")),
          ]),
        ),
      };
    }),
  );
}

export const examplesOf = (operations: readonly Operation[]): JsonObject[] =>
  operations.flatMap(({ examples }) => examples);

function part(value: JsonValue, ...names: string[]): JsonObject {
  let found: JsonValue = value;
  for (const name of names) found = isJsonObject(found) ? (found[name] ?? {}) : {};
  return isJsonObject(found) ? found : {};
}
