import type { JsonObject } from "@roster/domain";
import { groupType, userType, urns, type Attribute, type ResourceType } from "../../scim/attributes.ts";
import { bearer, choice, integer, list, parameter, schemaRef, text } from "../json-schema.ts";
import { bodyTypes, scimJson } from "./answer.ts";
import { routes } from "./handle.ts";
import { scimPath } from "./mount.ts";
import { maxResults } from "./query.ts";

/** SCIM in the OpenAPI document, made from the routes and the schemas. */

const texts = (description: string): JsonObject => list({ type: "string" }, description);

const types: Record<Attribute["type"], JsonObject> = {
  string: { type: "string" },
  reference: { type: "string" },
  binary: { type: "string" },
  dateTime: { type: "string", format: "date-time" },
  boolean: { type: "boolean" },
  integer: { type: "integer" },
  complex: { type: "object" },
};

function schemaOf({ type, multiValued, description, subAttributes }: Attribute): JsonObject {
  const one = { ...types[type], ...(subAttributes && { properties: propertiesOf(subAttributes) }) };
  return multiValued ? { type: "array", items: one, description } : { ...one, description };
}

const propertiesOf = (attributes: readonly Attribute[]): JsonObject =>
  Object.fromEntries(attributes.map((attribute) => [attribute.name, schemaOf(attribute)]));

const resourceSchema = ({ core, extensions }: ResourceType): JsonObject => ({
  type: "object",
  description: `${core.description}, by RFC 7643.`,
  properties: {
    schemas: texts("The URNs of the schemas."),
    ...propertiesOf(core.attributes),
    ...Object.fromEntries(
      extensions.map(({ id, description, attributes }) => [
        id,
        { type: "object", description, properties: propertiesOf(attributes) },
      ]),
    ),
  },
});

const message = (name: string, properties: JsonObject): JsonObject => ({
  type: "object",
  description: `The message ${name} of RFC 7644.`,
  properties: { schemas: texts("The URN of the message."), ...properties },
});

export const scimSchemas = (): JsonObject => ({
  ScimUser: resourceSchema(userType),
  ScimGroup: resourceSchema(groupType),
  ScimResource: { type: "object", description: "A description of the server, or a resource." },
  ScimList: message("ListResponse", {
    totalResults: integer("How many there are on all pages."),
    startIndex: integer("The position of the first on the page, from 1."),
    itemsPerPage: integer("How many are on the page."),
    Resources: list(schemaRef("ScimResource"), "The resources of the page."),
  }),
  ScimSearch: message("SearchRequest", {
    filter: text("The filter."),
    sortBy: text("The attribute to sort by."),
    sortOrder: choice(["ascending", "descending"], "The direction."),
    startIndex: integer("The position to begin with, from 1."),
    count: integer("The most resources of the page."),
    attributes: texts("The attributes to show."),
    excludedAttributes: texts("The attributes to leave out."),
  }),
  ScimPatch: message("PatchOp", {
    Operations: list(
      {
        type: "object",
        properties: {
          op: choice(["add", "remove", "replace"], "In any case."),
          path: text("The attribute; elements of a list by a filter in brackets."),
          value: { description: "The value." },
        },
        required: ["op"],
      },
      "The operations, in order: all or none.",
    ),
  }),
  ScimBulk: message("BulkRequest", {
    failOnErrors: integer("After how many errors to stop."),
    Operations: list(
      {
        type: "object",
        properties: {
          method: choice(["POST", "PUT", "PATCH", "DELETE"], "The method."),
          path: text("The path, such as `/Users`."),
          bulkId: text("A name for the new resource, for `bulkId:` references."),
          version: text("The entity tag that the resource must have."),
          data: { type: "object", description: "The body." },
        },
      },
      "The operations.",
    ),
  }),
  ScimBulkAnswer: message("BulkResponse", {
    Operations: list({ type: "object" }, "The answer to each operation."),
  }),
  ScimError: message("Error", {
    status: text("The status, as text."),
    scimType: text("The kind of the refusal."),
    detail: text("The reason."),
  }),
});

const inQuery = (name: string, description: string, type = "string"): JsonObject =>
  parameter("query", name, { type }, description);
const shown = [
  inQuery("attributes", "The attributes to show, with commas between them."),
  inQuery("excludedAttributes", "The attributes to leave out, with commas between them."),
];
const ofList = [
  inQuery("filter", 'A filter, such as `userName eq "ann@example.com"`.'),
  inQuery("sortBy", "The attribute to sort by; default: the order of creation."),
  parameter("query", "sortOrder", { type: "string", enum: ["ascending", "descending"] }, "The direction."),
  inQuery("startIndex", "The position to begin with, from 1.", "integer"),
  inQuery("count", `The most resources of the page, up to ${maxResults}.`, "integer"),
  ...shown,
];
const inHeader = (name: string, description: string): JsonObject =>
  parameter("header", name, { type: "string" }, description);
const ifMatch = inHeader("If-Match", "Refuses the request unless the resource has one of these entity tags.");
const ifNoneMatch = inHeader("If-None-Match", "Answers 304 if the resource has one of these entity tags.");

interface Described {
  summary: string;
  parameters?: JsonObject[];
  /** Its schema, and an example for each media type; the last one is for all others, too. */
  body?: [schema: string, ...examples: JsonObject[]];
  /** The schema of the answer by its status; undefined for none. */
  answers: Record<number, string | undefined>;
  refusals: number[];
}

const patchExample = (path: string, value: string | boolean): JsonObject => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [{ op: "replace", path, value }],
});
const userExample = (givenName: string, familyName: string, address: string): JsonObject => ({
  schemas: [urns.user],
  userName: address,
  name: { givenName, familyName },
  emails: [{ value: address, type: "work", primary: true }],
});
const ofType: Partial<
  Record<string, { schema: string; words: string; examples: JsonObject[]; patch: JsonObject }>
> = {
  [userType.endpoint]: {
    schema: "ScimUser",
    words: "user",
    examples: [userExample("Ann", "Lee", "ann@example.com"), userExample("Bo", "Ray", "bo@example.com")],
    patch: patchExample("active", false),
  },
  [groupType.endpoint]: {
    schema: "ScimGroup",
    words: "group",
    examples: [{ schemas: [urns.group], displayName: "Staff" }],
    patch: patchExample("displayName", "All staff"),
  },
};

/** The description of an operation in the document. */
function described(path: string, method: string): Described {
  const [, endpoint = "", part] = path.split("/");
  const type = ofType[`/${endpoint}`];
  if (endpoint === "Bulk")
    return {
      summary: "Carry out many operations",
      body: ["ScimBulk", { Operations: [] }],
      answers: { 200: "ScimBulkAnswer" },
      refusals: [],
    };
  if (part === ".search" || path === "/.search")
    return {
      summary: type ? `Search ${type.words}s` : "Search users and groups",
      body: ["ScimSearch", { count: 10 }],
      answers: { 200: "ScimList" },
      refusals: [],
    };
  if (!type)
    return endpoint === "Me"
      ? { summary: "Not served: a token stands for no user", answers: {}, refusals: [501] }
      : {
          summary: "Describe the server",
          answers: { 200: path === "/Schemas" || path === "/ResourceTypes" ? "ScimList" : "ScimResource" },
          refusals: part ? [404] : [],
        };
  const { schema, words, examples, patch } = type;
  const conditional = { parameters: [...shown, ifMatch], refusals: [404, 409, 412] };
  switch (`${method} ${part ?? ""}`) {
    case "GET ":
      return { summary: `List ${words}s`, parameters: ofList, answers: { 200: "ScimList" }, refusals: [] };
    case "POST ":
      return {
        summary: `Create a ${words}`,
        parameters: shown,
        body: [schema, ...examples],
        answers: { 201: schema },
        refusals: [409],
      };
    case "GET {id}":
      return {
        summary: `Get a ${words}`,
        parameters: [...shown, ifMatch, ifNoneMatch],
        answers: { 200: schema, 304: undefined },
        refusals: [404, 412],
      };
    case "PUT {id}":
      return {
        summary: `Replace a ${words}`,
        ...conditional,
        body: [schema, ...examples.slice(-1)],
        answers: { 200: schema },
      };
    case "PATCH {id}":
      return {
        summary: `Change parts of a ${words}`,
        ...conditional,
        body: ["ScimPatch", patch],
        answers: { 200: schema, 204: undefined },
      };
    default:
      return { summary: `Delete a ${words}`, ...conditional, answers: { 204: undefined } };
  }
}

/** The ids that are the same on every server. */
const exampleIds: Partial<Record<string, string>> = {
  "/ResourceTypes/{id}": userType.core.name,
  "/Schemas/{id}": urns.user,
};

const always = [400, 401, 403, 429, 500, 503];
const withBody = [413, 415];

const content = (schema: string): JsonObject => ({ [scimJson]: { schema: schemaRef(schema) } });

function operation(path: string, method: string): JsonObject {
  const { summary, parameters = [], body, answers, refusals } = described(path, method);
  const [schema = "", ...examples] = body ?? [];
  const hasBody = ["POST", "PUT", "PATCH"].includes(method);
  const statuses = [...always, ...(hasBody ? withBody : []), ...refusals].toSorted((a, b) => a - b);
  return {
    operationId: `scim_${method.toLowerCase()}${path.replaceAll(/\W+/g, "_")}`,
    summary,
    tags: ["scim"],
    security: [{ [bearer]: [] }],
    parameters: [
      ...(path.includes("{id}")
        ? [parameter("path", "id", { type: "string" }, "The id.", exampleIds[path])]
        : []),
      ...parameters,
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          bodyTypes.map((type, i) => [
            type,
            { schema: schemaRef(schema), example: (examples[i] ?? examples.at(-1)) as JsonObject },
          ]),
        ),
      },
    }),
    responses: Object.fromEntries<JsonObject>([
      ...Object.entries(answers).map(([status, answer]): [string, JsonObject] => [
        status,
        answer === undefined
          ? { description: "Done, or unchanged." }
          : { description: "The answer.", content: content(answer) },
      ]),
      ...statuses.map((status): [string, JsonObject] => [
        String(status),
        { description: "A refusal.", content: content("ScimError") },
      ]),
    ]),
  };
}

/** The paths of SCIM. */
export const scimOperations = (): JsonObject =>
  Object.fromEntries(
    Object.entries({ ...routes, "/Bulk": { POST: undefined } }).map(([path, methods]) => [
      scimPath + path,
      Object.fromEntries(
        Object.keys(methods).map((method) => [method.toLowerCase(), operation(path, method)]),
      ),
    ]),
  );
