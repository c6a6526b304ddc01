import {
  actions,
  fieldsWhere,
  jsonLimits,
  recordTypes,
  type Field,
  type Fields,
  type JsonObject,
} from "@roster/domain";
import { fieldSchema, nullable, shownSchema } from "../field-schema.ts";
import type { Resource } from "./resource.ts";

/** `Customer`, of `customer`. */
export const titleOf = ({ type }: Resource): string => type.charAt(0).toUpperCase() + type.slice(1);

export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

/** The schemas of a resource, made from the policies of its fields. */
export function schemasOf(resource: Resource): Record<string, JsonObject> {
  const { fields, type } = resource;
  const title = titleOf(resource);
  const readable = fieldsWhere(fields, ({ secret }) => !secret);
  const writable = fieldsWhere(fields, ({ access }) => access === "write");
  return {
    [title]: {
      type: "object",
      description: `A ${type} as it is read.`,
      properties: shown(fields, readable),
      required: readable,
      additionalProperties: false,
    },
    [`${title}Create`]: {
      type: "object",
      description: `A new ${type}.`,
      properties: properties(fields, writable, ""),
      additionalProperties: false,
    },
    [`${title}Patch`]: {
      type: "object",
      description: "A merge patch (RFC 7396): what is absent stays, null clears, a value sets.",
      properties: properties(fields, writable, " Merged at every depth; null removes a key."),
      additionalProperties: false,
    },
    [`${title}Page`]: page(schemaRef(title)),
  };
}

const shown = (fields: Fields, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.map((name) => {
      const policy = fields[name] as Field;
      const schema = { ...shownSchema(policy), description: policy.description };
      return [name, policy.nullable ? nullable(schema) : schema];
    }),
  );

const properties = (fields: Fields, names: readonly string[], ofJson: string): JsonObject =>
  Object.fromEntries(names.map((name) => [name, property(fields[name] as Field, ofJson)]));

function property(policy: Field, ofJson: string): JsonObject {
  const own = policy.kind === "json" ? `${ofJson} ${bounds}` : "";
  const schema = { ...fieldSchema(policy), description: policy.description + own };
  return policy.nullable ? nullable(schema) : schema;
}

const { depth, keys, bytes } = jsonLimits;
const bounds = `At most ${depth} levels deep, with at most ${keys} keys and elements, and ${bytes} characters of JSON.`;

const page = (items: JsonObject): JsonObject => ({
  type: "object",
  properties: {
    items: { type: "array", items },
    nextCursor: {
      anyOf: [{ type: "string" }, { type: "null" }],
      description: "Where the next page goes on; null on the last.",
    },
  },
  required: ["items", "nextCursor"],
  additionalProperties: false,
});

const text = (description: string): JsonObject => ({ type: "string", description });
const count = (description: string): JsonObject => ({ type: "integer", description });
const instant = (description: string): JsonObject => ({ ...text(description), format: "date-time" });

/** What resources share. */
export const sharedSchemas: Record<string, JsonObject> = {
  ChangePage: page(schemaRef("ChangeEntry")),
  ChangeFeedPage: {
    type: "object",
    properties: {
      items: { type: "array", items: schemaRef("ChangeEntry") },
      next: count("What `after` is of the next request."),
      more: { type: "boolean", description: "Whether there are more changes already." },
    },
    required: ["items", "next", "more"],
    additionalProperties: false,
  },
  ChangeEntry: {
    type: "object",
    description: "One applied change of a record.",
    properties: {
      seq: count("Its place in the tenant's log, without gaps, in the order of commits."),
      recordType: {
        type: "string",
        enum: Object.keys(recordTypes),
        description: "The type of the record.",
      },
      recordId: text("The record's id."),
      version: count("The record's version after the change."),
      action: { type: "string", enum: [...actions], description: "What was done." },
      at: instant("When."),
      actor: text("Who did it."),
      source: text("The surface that it came through; `rest` is this one."),
      reason: { anyOf: [{ type: "string" }, { type: "null" }], description: "Why, if somebody said so." },
      changes: { type: "array", items: schemaRef("Change"), description: "What has changed." },
      details: { type: "object", description: "What a merge has moved." },
    },
    required: [
      "seq",
      "recordType",
      "recordId",
      "version",
      "action",
      "at",
      "actor",
      "source",
      "reason",
      "changes",
    ],
    additionalProperties: false,
  },
  Change: {
    type: "object",
    description:
      "One changed value. Without `from` there was no such key before, without `to` there is none after.",
    properties: {
      path: { ...text("Where in the record."), format: "json-pointer" },
      from: { description: "The value before." },
      to: { description: "The value after." },
    },
    required: ["path"],
    additionalProperties: false,
  },
};
