import {
  pageSchema,
  parseBySchema,
  type CustomerFilter,
  type Fault,
  type JsonObject,
  type ListInput,
  type ParsedList,
  type UserFilter,
  type UserGroupFilter,
} from "@roster/domain";
import type { z } from "zod";
import { jsonSchemaOf } from "../field-schema.ts";
import { inQuery } from "../place.ts";
import type { Call } from "./operation.ts";
import type { Parameter } from "./operation.ts";
import type { Query } from "./query.ts";

type Name =
  | Exclude<keyof ListInput<object>, "filter">
  | keyof CustomerFilter
  | keyof UserFilter
  | keyof UserGroupFilter;

const descriptions: Record<Name, string> = {
  ids: "The records with these ids, at most 100, separated by commas. Always current, even if lists are read from a replica, and in the order of creation.",
  fresh: "Whether the list must include all acknowledged changes, even if lists are read from a replica.",
  limit: "The maximum number of items in a page, which can be shorter even if it is not the last.",
  cursor: "`nextCursor` of the previous page. The rest of the query must not change.",
  sort: "The order. Default: by name with `namePrefix`, by time of change with `changedSince`, otherwise by creation.",
  order: "The direction of the order.",
  email: "One of the record's email addresses, in any case.",
  namePrefix: "The start of the name, in any case. Requires the order by name.",
  changedSince: "Records changed at or after this instant.",
  deleted: "`true`: deleted records instead of live ones; `any`: both.",
  groupTag: "A group tag of the customer.",
  hierarchyLevel: "The name of the customer's hierarchy level.",
  parent: "The id of the customer's parent.",
  stripeCustomerId: "The customer's id at Stripe.",
  ssoId: "The customer's id in a single sign-on system.",
  uuid: "The customer's id in another system.",
  userName: "The username, in any case.",
  displayName: "The name of the group, in any case.",
  externalId: "The id in the caller's system.",
  member: "The id of a member of the group.",
  customer: "The id of the customer that the users belong to.",
};

/** The query of a list, with its filters beside the other parameters. */
export function listQuery(schema: z.ZodType): Query<ParsedList> {
  const { filter, ...rest } = propertiesOf(schema);
  const filters = filter?.["properties"] as Record<string, JsonObject>;
  return {
    parameters: described({ ...rest, ...filters }),
    read({ query, faults }) {
      const input: Record<string, unknown> = {};
      const narrowed: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(query)) {
        (Object.hasOwn(filters, name) ? narrowed : input)[name] = value;
      }
      return readBySchema(schema as z.ZodType<ParsedList>, { ...input, filter: narrowed }, faults);
    },
  };
}

/** The query of a paged list without filters. */
export const pageQuery: Query<z.infer<typeof pageSchema>> = {
  parameters: described(propertiesOf(pageSchema)),
  read: ({ query, faults }: Call) =>
    readBySchema(pageSchema, { limit: query["limit"], cursor: query["cursor"] }, faults),
};

function propertiesOf(schema: z.ZodType): Record<string, JsonObject> {
  return jsonSchemaOf(schema)["properties"] as Record<string, JsonObject>;
}

function described(properties: Record<string, JsonObject>): Parameter[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    description: descriptions[name as Name],
    schema,
  }));
}

function readBySchema<T>(schema: z.ZodType<T>, input: unknown, faults: Fault[]): T | undefined {
  const { value, faults: found } = parseBySchema(schema, input);
  // A fault may point into a list, at one of its items.
  const nameOf = (pointer: string) => pointer.split("/")[pointer.startsWith("/filter/") ? 2 : 1] ?? "";
  faults.push(...found.map((fault) => ({ ...fault, pointer: inQuery(nameOf(fault.pointer)) })));
  return value;
}
