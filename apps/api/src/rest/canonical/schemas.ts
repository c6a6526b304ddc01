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
import {
  choice,
  flag,
  instant,
  integer,
  list,
  nullable,
  object,
  pointerText,
  schemaRef,
  shownSchema,
  text,
  writtenSchema,
} from "../json-schema.ts";
import type { Resource } from "./resource.ts";

/** The schema name of a resource, such as `Customer`. */
export const titleOf = ({ type }: Resource): string => type.charAt(0).toUpperCase() + type.slice(1);

/** The schemas of a resource, derived from its field policies. */
export function schemasOf(resource: Resource): Record<string, JsonObject> {
  const { fields, word: type } = resource;
  const title = titleOf(resource);
  const readable = fieldsWhere(fields, isShown);
  const shown = Object.fromEntries(readable.map((name) => [name, shownSchema(fields[name] as Field)]));
  return {
    [title]: { description: `A ${type} as returned.`, ...object(shown) },
    [`${title}Create`]: { description: `A new ${type}.`, ...writable(fields, "") },
    [`${title}Patch`]: {
      description: "A merge patch (RFC 7396): an absent field is kept, null clears it, a value sets it.",
      ...writable(fields, " Merges at every depth; null removes a key."),
    },
    [`${title}Page`]: page(schemaRef(title), {
      total: { ...schemaRef("Count"), description: "The number of all matches, if `count` asked for it." },
    }),
  };
}

/** @param ofJson a text that is appended to the description of a JSON field */
function writable(fields: Fields, ofJson: string): JsonObject {
  const names = fieldsWhere(fields, ({ access }) => access === "write");
  const property = (policy: Field) =>
    writtenSchema(policy, policy.description + (policy.kind === "json" ? `${ofJson} ${bounds}` : ""));
  const properties = names.map((name) => [name, property(fields[name] as Field)] as const);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

const { depth, keys, bytes } = jsonLimits;
const bounds = `At most ${depth} levels deep, with at most ${keys} keys and elements, and ${bytes} characters of JSON.`;

/** @param optional further properties */
export const page = (items: JsonObject, optional: JsonObject = {}): JsonObject =>
  object(
    {
      items: { type: "array", items },
      nextCursor: nullable(text("The cursor of the next page; null on the last page.")),
      ...optional,
    },
    Object.keys(optional),
  );

/** The schemas that resources share. */
export const sharedSchemas: Record<string, JsonObject> = {
  Count: object({
    count: integer("How many records match."),
    exact: flag(
      "Whether there are exactly as many; otherwise there are at least as many, and of 10,000 more.",
    ),
  }),
  IndexState: object(
    {
      name: text(
        "`properties` and the JSON Pointer of the property; empty for all indexes that the fields have.",
      ),
      state: choice(["ready", "building", "dropping"], "The state."),
      done: integer("How many records are in it; only while it is being built."),
      total: integer("About how many records there are; only while it is being built."),
    },
    ["done", "total"],
  ),
  ChangePage: page(schemaRef("ChangeEntry")),
  MemberPage: page({
    description: "A member of a user group.",
    ...object({
      id: text("The id of the member."),
      type: choice(["user", "userGroup"], "The type of the member."),
      name: nullable(text("The display name or, of a user without one, the username.")),
    }),
  }),
  ChangeFeedPage: object({
    items: { type: "array", items: schemaRef("ChangeEntry") },
    next: integer("The `after` of the next request."),
    more: flag("Whether more changes exist already."),
  }),
  ChangeEntry: {
    description: "One applied change of a record.",
    ...object(
      {
        seq: integer("The position in the tenant's change log, gap-free and in commit order."),
        recordType: choice(Object.keys(recordTypes), "The type of the record."),
        recordId: text("The record's id."),
        version: integer("The record's version after the change."),
        action: choice(actions, "The action."),
        at: instant("When."),
        actor: text("The actor of the change."),
        by: {
          description: "The actor, as people know it.",
          ...object(
            {
              kind: choice(actorKinds, "What it is."),
              id: text("The same as `actor`."),
              name: text("The name of the token or the person, or else the id."),
              onBehalfOf: text("For whom the actor said that it acts, if it said so."),
            },
            ["onBehalfOf"],
          ),
        },
        source: text("The surface of the change; `rest` for these routes."),
        reason: nullable(text("The reason, if one was given.")),
        changes: list(schemaRef("Change"), "The changed values."),
        details: { type: "object", description: "The references that a merge moved." },
        changeSet: text("The id of the change set that the change belongs to, if it has one."),
      },
      ["details", "changeSet"],
    ),
  },
  Change: {
    description:
      "One changed value. If `from` is missing, the key did not exist before; if `to` is missing, it does not exist after.",
    ...object(
      {
        path: pointerText("The place in the record."),
        from: { description: "The value before." },
        to: { description: "The value after." },
      },
      ["from", "to"],
    ),
  },
};
