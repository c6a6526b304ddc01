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
import {
  choice,
  fieldSchema,
  flag,
  instant,
  integer,
  jsonSchemaOf,
  list,
  nullable,
  object,
  pointerText,
  schemaRef,
  text,
  writtenSchema,
} from "../json-schema.ts";
import { conflictSchema } from "../problem-schema.ts";
import { changeSetBodies } from "./change-sets.ts";
import type { Resource } from "./resource.ts";
import { page, titleOf } from "./schemas.ts";

/** The schemas of bulk requests and change sets. */

/** Properties of which none must be there. */
const optional = (properties: JsonObject): JsonObject => object(properties, Object.keys(properties));

const written = (policies: Fields): JsonObject =>
  Object.fromEntries(Object.entries(policies).map(([name, policy]) => [name, writtenSchema(policy)]));

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
    ...optional(Object.fromEntries(names.map((name) => [name, keySchema(fields[name] as Field)]))),
    minProperties: 1,
    maxProperties: 1,
    description: `Names the ${type} by exactly one value.`,
  });
  const only = (kind: Field["kind"]): JsonObject => {
    const names = fieldsWhere(fields, (field) => field.kind === kind && field.access === "write");
    const valueOf = (policy: Field) =>
      policy.nullable ? nullable(fieldSchema(policy)) : fieldSchema(policy);
    return optional(Object.fromEntries(names.map((name) => [name, valueOf(fields[name] as Field)])));
  };
  const blocks = {
    patch: schemaRef(`${title}Patch`),
    replace: { ...only("json"), description: "Replaces whole JSON values." },
    add: { ...only("set"), description: "Adds entries to sets." },
    remove: { ...only("set"), description: "Removes entries from sets." },
  };
  const update = (names: readonly string[]): JsonObject => ({
    ...object({ where: named(names), ...blocks, ...written(options) }),
    required: ["where"],
  });
  const { fresh: _fresh, ...matching } = jsonSchemaOf(resource.count.extend(whereOptions))[
    "properties"
  ] as JsonObject;
  const filtered = {
    anyOf: ["filter", "search"].map((name) => ({ properties: { [name]: {} }, required: [name] })),
  };
  const many = (item: JsonObject): JsonObject => ({
    ...object({ items: { type: "array", items: item, minItems: 1, maxItems }, ...written(manyFields) }),
    required: ["items"],
  });
  return {
    [`${title}UpdateWhere`]: { ...optional({ ...matching, ...blocks }), ...filtered },
    [`${title}DeleteWhere`]: { ...optional(matching), ...filtered },
    [`${title}CreateMany`]: many(schemaRef(`${title}Create`)),
    [`${title}UpdateMany`]: many(update(fieldsWhere(fields, ({ unique }) => unique))),
    [`${title}UpsertMany`]: many(update(keyFields(fields))),
  };
}

const id = text("The record's id.");
const version = integer("The record's version afterwards; for a dry run, its current one.");
const changes = list(schemaRef("Change"), "The changed values.");
const index = integer("The position of the item in the request, from 0.");
const changeSet = nullable(text("The change set of the changes; null if nothing was stored."));
const recordType: JsonObject = { type: "string", enum: [...changeSetTypes] };
const outcome = (...outcomes: string[]): JsonObject => ({ type: "string", enum: outcomes });
const error = schemaRef("ItemError");
const counters = {
  created: integer("The number of created records."),
  updated: integer("The number of updates."),
  refused: integer("The number of refused items."),
};

/** The schemas that bulk requests share. */
export const bulkSchemas: Record<string, JsonObject> = {
  ...changeSetBodies,
  ItemError: {
    ...object(
      {
        code: { type: "string", enum: [...errorCodes] },
        message: text("A description of the refusal."),
        faults: list(
          object({
            pointer: pointerText("The place in the body, or in the record for an undo."),
            code: { type: "string", enum: [...faultCodes] },
            message: text("The fault in words."),
          }),
          "All faults.",
        ),
        conflict: conflictSchema,
      },
      ["faults", "conflict"],
    ),
    description: "Why an item was refused.",
  },
  ManyResult: object({
    items: list(
      {
        anyOf: [
          object({ index, id, version, applied: { type: "boolean" }, changes }),
          object({ index, error }),
        ],
      },
      "The result of each item, in order.",
    ),
    applied: integer("The number of applied items."),
    changeSet,
  }),
  WrittenResult: object({
    items: list(
      {
        anyOf: [
          object(
            {
              index,
              outcome: outcome("created", "updated", "unchanged"),
              id: nullable(id),
              version,
              changes,
            },
            ["changes"],
          ),
          object({ index, outcome: { type: "string", const: "refused" }, error }),
        ],
      },
      "The result of each item, in order.",
    ),
    ...counters,
    unchanged: integer("The number of items that changed nothing."),
    changeSet,
  }),
  ChangeSet: object({
    id: text("The id."),
    name: nullable(text("For people.")),
    kind: choice(changeSetKinds, "What made the changes."),
    actor: text("Who opened it."),
    onBehalfOf: nullable(text("For whom the actor said that it acts, if it said so.")),
    source: text("The surface that it was opened through."),
    reason: nullable(text("The reason, if one was given.")),
    openedAt: instant("When it was opened."),
    closedAt: nullable(instant("When it was closed; null while it takes changes.")),
    types: list({ type: "string", enum: [...changeSetTypes] }, "The types of records that it changed."),
    firstSeq: nullable(integer("The `seq` of its first change.")),
    lastSeq: nullable(integer("The `seq` of its last change.")),
    ...counters,
    deleted: integer("The number of deletions."),
    restored: integer("The number of restorations."),
    undoes: nullable(text("The change set that this one takes back.")),
    undoneBy: nullable(text("The latest undo of this set.")),
  }),
  ChangedWhere: object({
    changeSet: nullable({
      ...schemaRef("ChangeSet"),
      description: "The change set, with the numbers of all changes so far; null for a dry run.",
    }),
    matched: nullable({
      ...object({ count: integer("The number of records."), exact: { type: "boolean" } }),
      description: "How many records match. Only for a dry run.",
    }),
    items: list(
      {
        anyOf: [
          object({ id, outcome: outcome("updated", "deleted", "unchanged"), version, changes }),
          object({ id, outcome: { type: "string", const: "refused" }, error }),
        ],
      },
      "For a dry run the first ten records; otherwise records that were refused, at most 1,000.",
    ),
    done: flag("False: repeat the request with the same idempotency key."),
  }),
  ChangeSetPage: page(schemaRef("ChangeSet")),
  UndoResult: object({
    changeSet: nullable({
      ...schemaRef("ChangeSet"),
      description: "The change set of the undo; null for a dry run.",
    }),
    items: list(
      {
        anyOf: [
          object(
            {
              recordType,
              id,
              outcome: outcome("deleted", "restored", "updated", "unchanged"),
              version,
              changes,
            },
            ["changes"],
          ),
          object({ recordType, id, outcome: { type: "string", const: "left" }, error }),
        ],
      },
      "The records that this step dealt with.",
    ),
    progress: object({
      done: integer("The rows of the log that have been dealt with."),
      total: integer("The rows of the set's stretch of the log."),
    }),
    done: flag("False: repeat the request for the next step."),
    cursor: nullable(text("The cursor of the next step of a dry run.")),
  }),
};
