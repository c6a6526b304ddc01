import {
  actions,
  actorKinds,
  fieldsWhere,
  isShown,
  jsonLimits,
  recordTypes,
  type Field,
  type Fields,
  type JsonObject,
} from "@roster/domain";
import { fieldSchema, nullable, shownSchema } from "../field-schema.ts";
import type { Resource } from "./resource.ts";

/** The schema name of a resource, such as `Customer`. */
export const titleOf = ({ type }: Resource): string => type.charAt(0).toUpperCase() + type.slice(1);

export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

/** The schemas of a resource, derived from its field policies. */
export function schemasOf(resource: Resource): Record<string, JsonObject> {
  const { fields, word: type } = resource;
  const title = titleOf(resource);
  const readable = fieldsWhere(fields, isShown);
  const writable = fieldsWhere(fields, ({ access }) => access === "write");
  return {
    [title]: {
      type: "object",
      description: `A ${type} as returned.`,
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
      description: "A merge patch (RFC 7396): an absent field is kept, null clears it, a value sets it.",
      properties: properties(fields, writable, " Merges at every depth; null removes a key."),
      additionalProperties: false,
    },
    [`${title}Page`]: listPage(schemaRef(title)),
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

export const page = (items: JsonObject): JsonObject => ({
  type: "object",
  properties: {
    items: { type: "array", items },
    nextCursor: {
      anyOf: [{ type: "string" }, { type: "null" }],
      description: "The cursor of the next page; null on the last page.",
    },
  },
  required: ["items", "nextCursor"],
  additionalProperties: false,
});

/** A page of a list with filters. */
const listPage = (items: JsonObject): JsonObject => {
  const plain = page(items);
  const total = { ...schemaRef("Count"), description: "The number of all matches, if `count` asked for it." };
  return { ...plain, properties: { ...(plain["properties"] as JsonObject), total } };
};

const text = (description: string): JsonObject => ({ type: "string", description });
const count = (description: string): JsonObject => ({ type: "integer", description });
const instant = (description: string): JsonObject => ({ ...text(description), format: "date-time" });

/** The schemas that resources share. */
export const sharedSchemas: Record<string, JsonObject> = {
  Count: {
    type: "object",
    properties: {
      count: count("How many records match."),
      exact: {
        type: "boolean",
        description:
          "Whether there are exactly as many; otherwise there are at least as many, and of 10,000 more.",
      },
    },
    required: ["count", "exact"],
    additionalProperties: false,
  },
  IndexState: {
    type: "object",
    properties: {
      name: text(
        "`properties` and the JSON Pointer of the property; empty for all indexes that the fields have.",
      ),
      state: { type: "string", enum: ["ready", "building", "dropping"], description: "The state." },
      done: count("How many records are in it; only while it is being built."),
      total: count("About how many records there are; only while it is being built."),
    },
    required: ["name", "state"],
    additionalProperties: false,
  },
  ChangePage: page(schemaRef("ChangeEntry")),
  MemberPage: page({
    type: "object",
    description: "A member of a user group.",
    properties: {
      id: text("The id of the member."),
      type: { type: "string", enum: ["user", "userGroup"], description: "The type of the member." },
      name: {
        anyOf: [{ type: "string" }, { type: "null" }],
        description: "The display name or, of a user without one, the username.",
      },
    },
    required: ["id", "type", "name"],
    additionalProperties: false,
  }),
  ChangeFeedPage: {
    type: "object",
    properties: {
      items: { type: "array", items: schemaRef("ChangeEntry") },
      next: count("The `after` of the next request."),
      more: { type: "boolean", description: "Whether more changes exist already." },
    },
    required: ["items", "next", "more"],
    additionalProperties: false,
  },
  ChangeEntry: {
    type: "object",
    description: "One applied change of a record.",
    properties: {
      seq: count("The position in the tenant's change log, gap-free and in commit order."),
      recordType: {
        type: "string",
        enum: Object.keys(recordTypes),
        description: "The type of the record.",
      },
      recordId: text("The record's id."),
      version: count("The record's version after the change."),
      action: { type: "string", enum: [...actions], description: "The action." },
      at: instant("When."),
      actor: text("The actor of the change."),
      by: {
        type: "object",
        description: "The actor, as people know it.",
        properties: {
          kind: { type: "string", enum: [...actorKinds], description: "What it is." },
          id: text("The same as `actor`."),
          name: text("The name of the token or the person, or else the id."),
          onBehalfOf: text("For whom the actor said that it acts, if it said so."),
        },
        required: ["kind", "id", "name"],
        additionalProperties: false,
      },
      source: text("The surface of the change; `rest` for these routes."),
      reason: { anyOf: [{ type: "string" }, { type: "null" }], description: "The reason, if one was given." },
      changes: { type: "array", items: schemaRef("Change"), description: "The changed values." },
      details: { type: "object", description: "The references that a merge moved." },
      changeSet: text("The id of the change set that the change belongs to, if it has one."),
    },
    required: [
      "seq",
      "recordType",
      "recordId",
      "version",
      "action",
      "at",
      "actor",
      "by",
      "source",
      "reason",
      "changes",
    ],
    additionalProperties: false,
  },
  Change: {
    type: "object",
    description:
      "One changed value. If `from` is missing, the key did not exist before; if `to` is missing, it does not exist after.",
    properties: {
      path: { ...text("The place in the record."), format: "json-pointer" },
      from: { description: "The value before." },
      to: { description: "The value after." },
    },
    required: ["path"],
    additionalProperties: false,
  },
};
