import { errorCodes, faultCodes, type JsonObject } from "@roster/domain";

/** The JSON Schemas of refusals for the OpenAPI document. */

const text = (description: string): JsonObject => ({ type: "string", description });

/** The faults of a request, as `toErrors` writes them. */
export const errorsSchema: JsonObject = {
  type: "array",
  description: "All faults of the request, each with one of `pointer`, `parameter` and `header`.",
  items: {
    type: "object",
    required: ["code", "detail"],
    properties: {
      pointer: { ...text("The place in the body."), format: "json-pointer" },
      parameter: text("The query parameter."),
      header: text("Which header."),
      code: { type: "string", enum: [...faultCodes] },
      detail: text("The fault in words."),
    },
    additionalProperties: false,
  },
};

export const conflictSchema: JsonObject = {
  type: "object",
  description: "Describes the conflict with a change from another version.",
  required: ["currentVersion", "changedSince"],
  properties: {
    expectedVersion: {
      type: "integer",
      description: "The version that the caller expected.",
    },
    currentVersion: { type: "integer", description: "The record's current version." },
    changedSince: {
      type: "array",
      description: "Each value that changed since, with its latest change.",
      items: {
        type: "object",
        required: ["path", "version", "at", "actor"],
        properties: {
          path: { ...text("The place in the record."), format: "json-pointer" },
          version: { type: "integer", description: "The version that the change led to." },
          at: { ...text("When."), format: "date-time" },
          actor: text("The actor of the change."),
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

/**
 * The schema of a problem document.
 * @param more further properties that it always has
 */
export const problemSchema = (more: JsonObject = {}): JsonObject => ({
  type: "object",
  description: "RFC 9457",
  required: [...Object.keys(more), "type", "title", "status", "detail", "code"],
  properties: {
    ...more,
    type: { type: "string", enum: ["about:blank"] },
    title: text("The code in words."),
    status: { type: "integer" },
    detail: text("A description of this refusal."),
    code: { type: "string", enum: [...errorCodes] },
    errors: errorsSchema,
    conflict: conflictSchema,
    items: {
      type: "array",
      description: "The refused items of a bulk request that is refused as a whole.",
      items: {
        type: "object",
        required: ["index", "problem"],
        properties: {
          index: { type: "integer", description: "The position of the item in the request, from 0." },
          problem: { $ref: "#/components/schemas/Problem" },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
});
