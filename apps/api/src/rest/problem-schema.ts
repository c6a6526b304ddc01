import { errorCodes, faultCodes, type JsonObject } from "@roster/domain";
import { integer, instant, list, object, pointerText, schemaRef, text } from "./json-schema.ts";

/** The JSON Schemas of refusals for the OpenAPI document. */

/** The faults of a request, as `toErrors` writes them. */
export const errorsSchema: JsonObject = list(
  object(
    {
      pointer: pointerText("The place in the body."),
      parameter: text("The query parameter."),
      header: text("Which header."),
      code: { type: "string", enum: [...faultCodes] },
      detail: text("The fault in words."),
    },
    ["pointer", "parameter", "header"],
  ),
  "All faults of the request, each with one of `pointer`, `parameter` and `header`.",
);

const changedSince = object({
  path: pointerText("The place in the record."),
  version: integer("The version that the change led to."),
  at: instant("When."),
  actor: text("The actor of the change."),
});

export const conflictSchema: JsonObject = {
  description: "Describes the conflict with a change from another version.",
  ...object(
    {
      expectedVersion: integer("The version that the caller expected."),
      currentVersion: integer("The record's current version."),
      changedSince: list(changedSince, "Each value that changed since, with its latest change."),
    },
    ["expectedVersion"],
  ),
};

const refusedItem = object({
  index: integer("The position of the item in the request, from 0."),
  problem: schemaRef("Problem"),
});

/**
 * The schema of a problem document.
 * @param more further properties that it always has
 */
export const problemSchema = (more: JsonObject = {}): JsonObject => ({
  description: "RFC 9457",
  ...object(
    {
      ...more,
      type: { type: "string", enum: ["about:blank"] },
      title: text("The code in words."),
      status: { type: "integer" },
      detail: text("A description of this refusal."),
      code: { type: "string", enum: [...errorCodes] },
      errors: errorsSchema,
      conflict: conflictSchema,
      items: list(refusedItem, "The refused items of a bulk request that is refused as a whole."),
    },
    ["errors", "conflict", "items"],
  ),
});
