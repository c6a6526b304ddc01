import {
  changeSetKinds,
  changeSetTypes,
  errorCodes,
  faultCodes,
  fieldsWhere,
  keyFields,
  manyFields,
  maxItems,
  optionFields,
  type Field,
  type Fields,
  type JsonObject,
} from "@roster/domain";
import { whereOptions } from "../../record/where-input.ts";
import { fieldSchema, jsonSchemaOf, nullable } from "../field-schema.ts";
import { conflictSchema } from "../problem-schema.ts";
import { changeSetBodies } from "./change-sets.ts";
import type { Resource } from "./resource.ts";
import { page, schemaRef, titleOf } from "./schemas.ts";

/** The schemas of bulk requests and change sets. */

const object = (properties: JsonObject, required = Object.keys(properties), more: JsonObject = {}) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
  ...more,
});
const text = (description: string): JsonObject => ({ type: "string", description });
const count = (description: string): JsonObject => ({ type: "integer", description });
const instant = (description: string): JsonObject => ({ ...text(description), format: "date-time" });
const items = (of: JsonObject, description: string): JsonObject => ({
  type: "array",
  items: of,
  description,
});

const described = (policies: Fields): JsonObject =>
  Object.fromEntries(
    Object.entries(policies).map(([name, policy]) => [
      name,
      { ...fieldSchema(policy), description: policy.description },
    ]),
  );

/** The value of a key; within a JSON field, one by its path. */
const keySchema = (field: Field): JsonObject =>
  field.indexable
    ? {
        type: "object",
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: { type: ["string", "number"] },
        description: "One indexed property, by a dotted path or a JSON Pointer.",
      }
    : fieldSchema(field);

/** The bodies of a resource's bulk requests. */
export function bulkSchemasOf(resource: Resource): Record<string, JsonObject> {
  const { fields, type } = resource;
  const title = titleOf(resource);
  const { dryRun: _, ...options } = optionFields;
  /** Exactly one of these values. */
  const named = (names: readonly string[]): JsonObject => ({
    ...object(Object.fromEntries(names.map((name) => [name, keySchema(fields[name] as Field)])), [], {
      minProperties: 1,
      maxProperties: 1,
    }),
    description: `Names the ${type} by exactly one value.`,
  });
  const only = (kind: Field["kind"], nulls: boolean): JsonObject =>
    object(
      Object.fromEntries(
        fieldsWhere(fields, (field) => field.kind === kind && field.access === "write").map((name) => {
          const policy = fields[name] as Field;
          return [name, nulls && policy.nullable ? nullable(fieldSchema(policy)) : fieldSchema(policy)];
        }),
      ),
      [],
    );
  const blocks = {
    patch: schemaRef(`${title}Patch`),
    replace: { ...only("json", true), description: "Replaces whole JSON values." },
    add: { ...only("set", false), description: "Adds entries to sets." },
    remove: { ...only("set", false), description: "Removes entries from sets." },
  };
  const update = (names: readonly string[]): JsonObject =>
    object({ where: named(names), ...blocks, ...described(options) }, ["where"]);
  const { fresh: _fresh, ...matching } = jsonSchemaOf(resource.count.extend(whereOptions))[
    "properties"
  ] as JsonObject;
  const filtered = {
    anyOf: ["filter", "search"].map((name) => ({ properties: { [name]: {} }, required: [name] })),
  };
  const many = (item: JsonObject): JsonObject =>
    object({ items: { type: "array", items: item, minItems: 1, maxItems }, ...described(manyFields) }, [
      "items",
    ]);
  return {
    [`${title}UpdateWhere`]: object({ ...matching, ...blocks }, [], filtered),
    [`${title}DeleteWhere`]: object(matching, [], filtered),
    [`${title}CreateMany`]: many(schemaRef(`${title}Create`)),
    [`${title}UpdateMany`]: many(update(fieldsWhere(fields, ({ unique }) => unique))),
    [`${title}UpsertMany`]: many(update(keyFields(fields))),
  };
}

const id = text("The record's id.");
const version = count("The record's version afterwards; for a dry run, its current one.");
const changes = items(schemaRef("Change"), "The changed values.");
const index = count("The position of the item in the request, from 0.");
const changeSet = nullable(text("The change set of the changes; null if nothing was stored."));
const refused = object({ index, error: schemaRef("ItemError") });
const counters = {
  created: count("The number of created records."),
  updated: count("The number of updates."),
  refused: count("The number of refused items."),
};

/** The schemas that bulk requests share. */
export const bulkSchemas: Record<string, JsonObject> = {
  ...changeSetBodies,
  ItemError: object(
    {
      code: { type: "string", enum: [...errorCodes] },
      message: text("A description of the refusal."),
      faults: items(
        object({
          pointer: {
            ...text("The place in the body, or in the record for an undo."),
            format: "json-pointer",
          },
          code: { type: "string", enum: [...faultCodes] },
          message: text("The fault in words."),
        }),
        "All faults.",
      ),
      conflict: conflictSchema,
    },
    ["code", "message"],
    { description: "Why an item was refused." },
  ),
  ManyResult: object({
    items: items(
      { anyOf: [object({ index, id, version, applied: { type: "boolean" }, changes }), refused] },
      "The result of each item, in order.",
    ),
    applied: count("The number of applied items."),
    changeSet,
  }),
  WrittenResult: object({
    items: items(
      {
        anyOf: [
          object(
            {
              index,
              outcome: { type: "string", enum: ["created", "updated", "unchanged"] },
              id: nullable(id),
              version,
              changes,
            },
            ["index", "outcome", "id", "version"],
          ),
          object({ index, outcome: { type: "string", const: "refused" }, error: schemaRef("ItemError") }),
        ],
      },
      "The result of each item, in order.",
    ),
    ...counters,
    unchanged: count("The number of items that changed nothing."),
    changeSet,
  }),
  ChangeSet: object({
    id: text("The id."),
    name: nullable(text("For people.")),
    kind: { type: "string", enum: [...changeSetKinds], description: "What made the changes." },
    actor: text("Who opened it."),
    onBehalfOf: nullable(text("For whom the actor said that it acts, if it said so.")),
    source: text("The surface that it was opened through."),
    reason: nullable(text("The reason, if one was given.")),
    openedAt: instant("When it was opened."),
    closedAt: nullable(instant("When it was closed; null while it takes changes.")),
    types: items({ type: "string", enum: [...changeSetTypes] }, "The types of records that it changed."),
    firstSeq: nullable(count("The `seq` of its first change.")),
    lastSeq: nullable(count("The `seq` of its last change.")),
    ...counters,
    deleted: count("The number of deletions."),
    restored: count("The number of restorations."),
    undoes: nullable(text("The change set that this one takes back.")),
    undoneBy: nullable(text("The latest undo of this set.")),
  }),
  ChangedWhere: object({
    changeSet: {
      anyOf: [schemaRef("ChangeSet"), { type: "null" }],
      description: "The change set, with the numbers of all changes so far; null for a dry run.",
    },
    matched: {
      anyOf: [
        object({ count: count("The number of records."), exact: { type: "boolean" } }),
        { type: "null" },
      ],
      description: "How many records match. Only for a dry run.",
    },
    items: items(
      {
        anyOf: [
          object({
            id,
            outcome: { type: "string", enum: ["updated", "deleted", "unchanged"] },
            version,
            changes,
          }),
          object({ id, outcome: { type: "string", const: "refused" }, error: schemaRef("ItemError") }),
        ],
      },
      "For a dry run the first ten records; otherwise records that were refused, at most 1,000.",
    ),
    done: { type: "boolean", description: "False: repeat the request with the same idempotency key." },
  }),
  ChangeSetPage: page(schemaRef("ChangeSet")),
  UndoResult: object({
    changeSet: {
      anyOf: [schemaRef("ChangeSet"), { type: "null" }],
      description: "The change set of the undo; null for a dry run.",
    },
    items: items(
      {
        anyOf: [
          object(
            {
              recordType: { type: "string", enum: [...changeSetTypes] },
              id,
              outcome: { type: "string", enum: ["deleted", "restored", "updated", "unchanged"] },
              version,
              changes,
            },
            ["recordType", "id", "outcome", "version"],
          ),
          object({
            recordType: { type: "string", enum: [...changeSetTypes] },
            id,
            outcome: { type: "string", const: "left" },
            error: schemaRef("ItemError"),
          }),
        ],
      },
      "The records that this step dealt with.",
    ),
    progress: object({
      done: count("The rows of the log that have been dealt with."),
      total: count("The rows of the set's stretch of the log."),
    }),
    done: { type: "boolean", description: "False: repeat the request for the next step." },
    cursor: nullable(text("The cursor of the next step of a dry run.")),
  }),
};
