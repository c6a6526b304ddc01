import { errorCodes, faultCodes, type JsonObject } from "@roster/domain";

/** The JSON Schemas of refusals, for the OpenAPI document. */

const text = (description: string): JsonObject => ({ type: "string", description });

/** Every fault of a request, as `toErrors` writes them. */
export const errorsSchema: JsonObject = {
  type: "array",
  description: "Every fault of the request, each with one of `pointer`, `parameter` and `header`.",
  items: {
    type: "object",
    required: ["code", "detail"],
    properties: {
      pointer: { ...text("Where in the body."), format: "json-pointer" },
      parameter: text("Which parameter of the query."),
      header: text("Which header."),
      code: { type: "string", enum: [...faultCodes] },
      detail: text("What is wrong there."),
    },
    additionalProperties: false,
  },
};

const conflict: JsonObject = {
  type: "object",
  description: "What stands against a change of another version.",
  required: ["currentVersion", "changedSince"],
  properties: {
    expectedVersion: {
      type: "integer",
      description: "The version that the caller had.",
    },
    currentVersion: { type: "integer", description: "The version that the record has." },
    changedSince: {
      type: "array",
      description: "Each value that changed in between, with its latest change.",
      items: {
        type: "object",
        required: ["path", "version", "at", "actor"],
        properties: {
          path: { ...text("Where in the record."), format: "json-pointer" },
          version: { type: "integer", description: "The version that the change made." },
          at: { ...text("When."), format: "date-time" },
          actor: text("Who did it."),
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

/**
 * A problem document.
 * @param more properties that it always has besides its own
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
    detail: text("What is wrong with this request."),
    code: { type: "string", enum: [...errorCodes] },
    errors: errorsSchema,
    conflict,
  },
  additionalProperties: false,
});
