import {
  pageSchema,
  parseBySchema,
  type CustomerFilter,
  type Fault,
  type JsonObject,
  type ListInput,
  type ParsedList,
  type UserFilter,
} from "@roster/domain";
import type { z } from "zod";
import { jsonSchemaOf } from "../field-schema.ts";
import { inQuery } from "../place.ts";
import type { Call } from "./operation.ts";
import type { Parameter } from "./operation.ts";
import type { Query } from "./query.ts";

type Name = Exclude<keyof ListInput<object>, "filter"> | keyof CustomerFilter | keyof UserFilter;

const descriptions: Record<Name, string> = {
  ids: "The records with these ids, 100 at most, with commas between them: as they are now, also where lists are read from a replica, and in the order of creation.",
  fresh:
    "Whether to see all changes that were acknowledged, also where lists are read from a replica that lags behind.",
  limit: "The most items of a page, which can have fewer although it is not the last.",
  cursor: "`nextCursor` of the page before, with everything else unchanged.",
  sort: "The order; by name with `namePrefix`, by time of change with `changedSince`, else by creation.",
  order: "The direction of the order.",
  email: "One of the record's email addresses, whatever its case.",
  namePrefix: "What the name starts with, whatever its case. Only sorted by name.",
  changedSince: "Records that were changed at this instant or later.",
  deleted: "Deleted records instead of live ones, or `any`: both.",
  groupTag: "A group tag that the customer has.",
  hierarchyLevel: "The name of the customer's hierarchy level.",
  parent: "The id of the customer's parent.",
  stripeCustomerId: "The customer's id at Stripe.",
  ssoId: "The customer's id in a single sign-on system.",
  uuid: "The id that another system gave the customer.",
  customer: "The id of the customer that users belong to.",
};

/** The query of a list: its filters stand beside the rest. */
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

/** The query of what comes in pages and cannot be narrowed. */
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
  // A list among the values has faults of its own items.
  const nameOf = (pointer: string) => pointer.split("/")[pointer.startsWith("/filter/") ? 2 : 1] ?? "";
  faults.push(...found.map((fault) => ({ ...fault, pointer: inQuery(nameOf(fault.pointer)) })));
  return value;
}
