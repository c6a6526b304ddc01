import type { Field, Fields, JsonObject, JsonValue } from "@roster/domain";
import { object, shownSchema, text } from "../json-schema.ts";
import { toErrors } from "../problem.ts";
import { errorsSchema } from "../problem-schema.ts";
import type { WireField, WireFormat } from "./wire-format.ts";

/** One documented field of a reply: its schema and its value. */
export interface ReplyField<From> {
  schema: JsonObject;
  /** Undefined leaves the field out, which is allowed for `optional` fields. */
  show(from: From): JsonValue | undefined;
  optional?: true;
}

/** A documented object in a reply, or the reply itself. */
export interface ReplyObject<From> extends ReplyField<From> {
  show(from: From): JsonObject;
}

/** Makes a reply object from its fields in documented order. */
export function replyObject<From>(fields: Readonly<Record<string, ReplyField<From>>>): ReplyObject<From> {
  const entries = Object.entries(fields);
  return {
    schema: object(
      Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
      entries.filter(([, { optional }]) => optional).map(([name]) => name),
    ),
    show: (from) =>
      Object.fromEntries(
        entries.flatMap(([name, { show }]) => {
          const value = show(from);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
  };
}

/**
 * Makes reply fields that show a record's fields. A field that keeps a spelling shows the normalised value if
 * there is no spelling.
 */
export const fieldOf =
  <From, Json extends object>(policies: Fields, record: (from: From) => Json) =>
  (name: keyof Json & string): ReplyField<From> => {
    const policy = policies[name] as Field;
    return {
      schema: shownSchema(policy),
      show: (from) => {
        const shown = record(from) as Record<string, JsonValue>;
        return shown[name] ?? (policy.spells === undefined ? null : (shown[policy.spells] ?? null));
      },
    };
  };

/** A reply field with its own schema. */
export const value = <From>(
  schema: JsonObject,
  show: (from: From) => JsonValue | undefined,
): ReplyField<From> => ({ schema, show });

/** The reply fields that show what these fields of a request set, under the same names. */
export const shownAs = <From, Name extends string>(
  sent: Readonly<Record<string, WireField>>,
  field: (name: Name) => ReplyField<From>,
): Record<string, ReplyField<From>> =>
  Object.fromEntries(
    Object.entries(sent).map(([name, { to, asWritten }]) => [name, field((asWritten ?? to[1]) as Name)]),
  );

/**
 * An error body with a message and all faults, after the further members that the page documents.
 * @param schema the JSON Schemas of these members
 */
export const errorWith = (
  schema: JsonObject,
  own: (status: number) => JsonObject,
): NonNullable<WireFormat["error"]> => ({
  schema: object({ ...schema, message: text("What is wrong."), errors: errorsSchema }, ["errors"]),
  body: ({ message, faults }, status) => ({
    ...own(status),
    message,
    ...(faults && { errors: toErrors(faults) }),
  }),
});
