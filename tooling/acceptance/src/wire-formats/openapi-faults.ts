import { isJsonObject, type JsonObject } from "@roster/domain";
import { at } from "./documented-api.ts";

/** The requirements of OpenAPI 3.1, recommendations aside, that a document breaks. Each fault names its place. */
export function openApiFaults(document: unknown): string[] {
  const faults: string[] = [];
  const check = (holds: unknown, where: string, rule: string) => {
    if (!holds) faults.push(`${where} ${rule}`);
  };

  check(/^3\.1\.\d+$/.test(String(at(document, "openapi"))), "openapi", "is 3.1");
  for (const name of ["title", "version"])
    check(typeof at(document, "info", name) === "string", `info.${name}`, "is a text");
  const license = at(document, "info", "license");
  if (license !== undefined)
    check(at(license, "name") && !(at(license, "url") && at(license, "identifier")), "license", "has a name");
  const schemes = entries(at(document, "components", "securitySchemes"));
  for (const [name, scheme] of schemes) {
    const type = at(scheme, "type");
    const isKey = type === "apiKey" && at(scheme, "name") && at(scheme, "in") === "header";
    check(
      /^[\w.-]+$/.test(name) && (isKey || (type === "http" && at(scheme, "scheme"))),
      name,
      "is a scheme",
    );
  }
  for (const [name, schema] of entries(at(document, "components", "schemas"))) checkSchema(schema, name);

  const ids = new Set<unknown>();
  check(entries(at(document, "paths")).length > 0, "paths", "are some");
  for (const [path, item] of entries(at(document, "paths"))) {
    check(path.startsWith("/"), path, "starts with a slash");
    for (const [method, operation] of entries(item)) {
      if (["summary", "description", "parameters"].includes(method)) continue;
      const where = `${method} ${path}`;
      check(methods.includes(method), where, "has a method of HTTP");
      const id = at(operation, "operationId");
      check(typeof id === "string" && !ids.has(id), where, "has an operationId of its own");
      ids.add(id);
      checkParameters([...list(at(item, "parameters")), ...list(at(operation, "parameters"))], path, where);
      for (const [scheme] of list(at(operation, "security")).flatMap(entries)) {
        const exists = schemes.some(([name]) => name === scheme);
        check(exists, where, `names an existing security scheme, not ${scheme}`);
      }
      const responses = entries(at(operation, "responses"));
      check(responses.length > 0, where, "has responses");
      for (const [status, given] of responses) {
        const response = resolved(given, where);
        check(/^([1-5]\d\d|[1-5]XX|default)$/.test(status), where, `has statuses, not ${status}`);
        check(typeof at(response, "description") === "string", `${where} ${status}`, "has a description");
        checkContent(at(response, "content"), `${where} ${status}`);
      }
      const body = at(operation, "requestBody");
      if (body !== undefined)
        check(entries(at(body, "content")).length > 0, where, "has a type for its body");
      checkContent(at(body, "content"), where);
    }
  }
  return faults;

  /** The target of a reference; any other value unchanged. */
  function resolved(value: unknown, where: string): unknown {
    const reference = at(value, "$ref");
    if (typeof reference !== "string") return value;
    const target = reference.startsWith("#/") ? at(document, ...reference.slice(2).split("/")) : undefined;
    check(target !== undefined, where, `refers to something, not ${reference}`);
    return target;
  }

  function checkParameters(given: unknown[], path: string, where: string): void {
    const parameters = given.map((one) => resolved(one, where));
    for (const parameter of parameters) {
      const place = String(at(parameter, "in"));
      check(["path", "query", "header", "cookie"].includes(place), where, "has no parameter elsewhere");
      check(place !== "path" || at(parameter, "required") === true, where, "requires its path parameters");
      checkSchema(at(parameter, "schema"), `${where} ${String(at(parameter, "name"))}`);
    }
    const declared = parameters.filter((one) => at(one, "in") === "path").map((one) => at(one, "name"));
    const named = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name as string);
    const same = declared.length === named.length && named.every((name) => declared.includes(name));
    check(same, where, "declares the parameters of its path");
  }

  function checkContent(content: unknown, where: string): void {
    for (const [type, media] of entries(content)) {
      check(/^[\w.+*-]+\/[\w.+*-]+$/.test(type), where, `has media types, not ${type}`);
      const schema = at(media, "schema");
      if (schema !== undefined) checkSchema(schema, `${where} ${type}`);
    }
  }

  function checkSchema(schema: unknown, where: string): void {
    if (typeof schema === "boolean") return;
    check(isJsonObject(schema), where, "is a schema");
    if (!isJsonObject(schema)) return;
    resolved(schema, where);
    for (const key of Object.keys(schema))
      check(keywords.has(key) || key.startsWith("x-"), where, `has keywords of JSON Schema, not ${key}`);
    const types = schema["type"] === undefined ? [] : [schema["type"]].flat();
    const known = types.every((one) => jsonTypes.includes(one as string));
    check(known, where, "has types of JSON Schema");
    const { properties } = schema;
    for (const [name, property] of entries(properties)) checkSchema(property, `${where}.${name}`);
    for (const name of list(schema["required"]) as string[]) {
      const there = isJsonObject(properties) && Object.hasOwn(properties, name);
      check(there, where, `has the property ${name} that it requires`);
    }
    for (const key of ["items", "additionalProperties", "propertyNames", "not"])
      if (schema[key] !== undefined) checkSchema(schema[key], `${where} ${key}`);
    for (const key of ["anyOf", "oneOf", "allOf"]) {
      if (schema[key] === undefined) continue;
      check(list(schema[key]).length > 0, where, `has alternatives in ${key}`);
      for (const one of list(schema[key])) checkSchema(one, `${where} ${key}`);
    }
    for (const key of ["maxLength", "minLength", "maxItems", "minItems", "maxProperties"]) {
      const count = schema[key] ?? 0;
      check(Number.isInteger(count) && (count as number) >= 0, where, `has a count as ${key}`);
    }
  }
}

const entries = (value: unknown): [string, JsonObject[string]][] =>
  isJsonObject(value) ? Object.entries(value) : [];
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const jsonTypes = ["null", "boolean", "object", "array", "number", "string", "integer"];

/** The keywords of JSON Schema 2020-12 that an API may use, and OpenAPI's own. */
const keywords = new Set(
  `$ref $defs type enum const format pattern minLength maxLength minimum maximum exclusiveMinimum
  exclusiveMaximum multipleOf items prefixItems minItems maxItems uniqueItems contains properties
  patternProperties additionalProperties unevaluatedProperties propertyNames required minProperties
  maxProperties dependentRequired anyOf oneOf allOf not title description default deprecated readOnly
  writeOnly examples contentMediaType contentSchema contentEncoding xml discriminator externalDocs example`.split(
    /\s+/,
  ),
);
