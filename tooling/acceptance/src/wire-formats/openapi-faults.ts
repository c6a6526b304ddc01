import { isJsonObject } from "@roster/domain";
import { at } from "./documented-api.ts";

/** What OpenAPI 3.1 asks of a document, as far as this one uses it. Each fault says where it is. */
export function openApiFaults(document: unknown): string[] {
  const faults: string[] = [];
  const check = (holds: unknown, where: string, rule: string) => {
    if (!holds) faults.push(`${where} ${rule}`);
  };
  const entries = (value: unknown): [string, unknown][] => (isJsonObject(value) ? Object.entries(value) : []);

  check(/^3\.1\.\d+$/.test(String(at(document, "openapi"))), "openapi", "is 3.1");
  for (const name of ["title", "version"])
    check(typeof at(document, "info", name) === "string", `info.${name}`, "is a text");
  const license = at(document, "info", "license");
  check(
    license === undefined || (at(license, "name") && !(at(license, "url") && at(license, "identifier"))),
    "info.license",
    "has a name, and a URL or an identifier",
  );
  const schemes = entries(at(document, "components", "securitySchemes"));
  for (const [name, scheme] of schemes) {
    check(/^[\w.-]+$/.test(name), name, "is a component name");
    const type = at(scheme, "type");
    check(
      type === "http"
        ? at(scheme, "scheme")
        : type === "apiKey" && at(scheme, "name") && at(scheme, "in") === "header",
      name,
      "is a security scheme",
    );
  }
  for (const [name, schema] of entries(at(document, "components", "schemas"))) schemaFaults(schema, name);

  const operationIds = new Set<unknown>();
  check(entries(at(document, "paths")).length > 0, "paths", "are some");
  for (const [path, item] of entries(at(document, "paths"))) {
    check(path.startsWith("/"), path, "starts with a slash");
    for (const [method, operation] of entries(item)) {
      const where = `${method} ${path}`;
      check(["get", "put", "post", "delete", "patch"].includes(method), where, "has a method of HTTP");
      const id = at(operation, "operationId");
      check(typeof id === "string" && !operationIds.has(id), where, "has an operationId of its own");
      operationIds.add(id);

      const parameters = (at(operation, "parameters") ?? []) as unknown[];
      for (const parameter of parameters) {
        check(
          ["path", "query", "header", "cookie"].includes(String(at(parameter, "in"))),
          where,
          "has parameters in places that there are",
        );
        check(
          at(parameter, "in") !== "path" || at(parameter, "required") === true,
          where,
          "requires its path parameters",
        );
        schemaFaults(at(parameter, "schema"), `${where} ${String(at(parameter, "name"))}`);
      }
      const declared = parameters.filter((one) => at(one, "in") === "path").map((one) => at(one, "name"));
      const templated = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      check(
        JSON.stringify(declared) === JSON.stringify(templated),
        where,
        "declares the parameters of its path",
      );

      for (const requirement of (at(operation, "security") ?? []) as unknown[]) {
        for (const [scheme] of entries(requirement)) {
          check(
            schemes.some(([name]) => name === scheme),
            where,
            `names the security scheme ${scheme}`,
          );
        }
      }
      const responses = entries(at(operation, "responses"));
      check(responses.length > 0, where, "has responses");
      for (const [status, response] of responses) {
        check(/^([1-5]\d\d|default)$/.test(status), where, `has statuses, not ${status}`);
        check(typeof at(response, "description") === "string", `${where} ${status}`, "has a description");
        mediaFaults(at(response, "content"), `${where} ${status}`);
      }
      check(entries(at(operation, "requestBody", "content")).length > 0, where, "has a body");
      mediaFaults(at(operation, "requestBody", "content"), where);
    }
  }
  return faults;

  function mediaFaults(content: unknown, where: string): void {
    for (const [type, media] of entries(content)) {
      check(/^[\w.+-]+\/[\w.+-]+$/.test(type), where, `has media types, not ${type}`);
      schemaFaults(at(media, "schema"), `${where} ${type}`);
    }
  }

  function schemaFaults(schema: unknown, where: string): void {
    check(isJsonObject(schema), where, "is a schema");
    if (!isJsonObject(schema)) return;
    for (const key of Object.keys(schema))
      check(known.has(key), where, `has keywords that mean something, not ${key}`);
    const { type, properties, required, anyOf, items, $ref } = schema;
    const types = type === undefined ? [] : [type].flat();
    check(
      types.every((one) => jsonTypes.includes(one as string)),
      where,
      "has types of JSON Schema",
    );
    if ($ref !== undefined)
      check(
        at(document, ...($ref as string).slice(2).split("/")) !== undefined,
        where,
        `refers to something: ${$ref as string}`,
      );
    for (const [name, property] of entries(properties)) schemaFaults(property, `${where}.${name}`);
    for (const name of (required ?? []) as string[]) {
      check(
        isJsonObject(properties) && Object.hasOwn(properties, name),
        where,
        `has the property ${name} that it requires`,
      );
    }
    if (anyOf !== undefined) {
      check(Array.isArray(anyOf) && anyOf.length > 0, where, "has alternatives in anyOf");
      for (const one of anyOf as unknown[]) schemaFaults(one, where);
    }
    if (items !== undefined) schemaFaults(items, `${where}[]`);
    for (const bound of ["maxLength", "minLength", "maxItems"]) {
      const value = schema[bound];
      check(
        value === undefined || (Number.isInteger(value) && (value as number) >= 0),
        where,
        `has a count as ${bound}`,
      );
    }
  }
}

const jsonTypes = ["null", "boolean", "object", "array", "number", "string", "integer"];
const known = new Set([
  "$ref",
  "type",
  "format",
  "pattern",
  "enum",
  "anyOf",
  "properties",
  "additionalProperties",
  "required",
  "items",
  "uniqueItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "description",
  "xml",
]);
