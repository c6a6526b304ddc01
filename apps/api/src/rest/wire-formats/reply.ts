import type { Field, Fields, JsonObject, JsonValue } from "@roster/domain";
import { nullable, shownSchema } from "../field-schema.ts";

/** One documented field of a reply: its type, and its value. */
export interface ReplyField<From> {
  schema: JsonObject;
  /** Undefined where the reply leaves the field out, which `optional` fields may. */
  read(from: From): JsonValue | undefined;
  optional?: true;
}

/** A documented object of a reply: its JSON Schema, and how it is made. */
export interface ReplyObject<From> {
  schema: JsonObject;
  show(from: From): JsonObject;
}

/** An object of a reply, from its fields in their documented order. */
export function replyObject<From>(fields: Readonly<Record<string, ReplyField<From>>>): ReplyObject<From> {
  const entries = Object.entries(fields);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
      required: entries.filter(([, { optional }]) => !optional).map(([name]) => name),
      additionalProperties: false,
    },
    show: (from) =>
      Object.fromEntries(
        entries.flatMap(([name, { read }]) => {
          const value = read(from);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
  };
}

/**
 * Fields that show a field of a record, by the policies of its type: as it is, or where there is no
 * text that spells a value, the value itself.
 */
export const fieldOf =
  <From, Json extends object>(policies: Fields, record: (from: From) => Json) =>
  (name: keyof Json & string): ReplyField<From> => {
    const policy = policies[name] as Field;
    const schema = { ...shownSchema(policy), description: policy.description };
    return {
      schema: policy.nullable ? nullable(schema) : schema,
      read: (from) => {
        const shown = record(from) as Record<string, JsonValue>;
        return shown[name] ?? (policy.spells === undefined ? null : (shown[policy.spells] ?? null));
      },
    };
  };

/** A value with a type of its own. */
export const value = <From>(
  schema: JsonObject,
  read: (from: From) => JsonValue | undefined,
): ReplyField<From> => ({ schema, read });
