import {
  fieldsWhere,
  optionFields,
  pageSchema,
  parseBySchema,
  parseValue,
  type CustomerFilter,
  type Fault,
  type Field,
  type Fields,
  type JsonObject,
  type JsonValue,
  type ListInput,
  type ParsedList,
  type UserFilter,
} from "@roster/domain";
import type { z } from "zod";
import { fieldSchema, jsonSchemaOf } from "../field-schema.ts";
import { inQuery } from "../place.ts";
import type { Call } from "./operation.ts";
import type { Parameter } from "./query.ts";
import type { Resource } from "./resource.ts";

type ListName = Exclude<keyof ListInput<object>, "filter"> | keyof CustomerFilter | keyof UserFilter;

const listDescriptions: Record<ListName, string> = {
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

const propertiesOf = (schema: z.ZodType): Record<string, JsonObject> =>
  jsonSchemaOf(schema)["properties"] as Record<string, JsonObject>;

const described = (properties: Record<string, JsonObject>): Parameter[] =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    description: listDescriptions[name as ListName],
    schema,
  }));

/** The parameters of a list: its filters stand beside the others. */
export function listParameters({ list }: Resource): Parameter[] {
  const { filter, ...rest } = propertiesOf(list);
  return described({ ...rest, ...(filter?.["properties"] as Record<string, JsonObject>) });
}

/** Reads the parameters of a list. What is wrong is added to the faults of the call. */
export function readList({ list }: Resource, { query, faults }: Call): ParsedList | undefined {
  const { filter } = propertiesOf(list);
  const filters = Object.keys(filter?.["properties"] as JsonObject);
  const input: Record<string, unknown> = {};
  const narrowed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query))
    (filters.includes(name) ? narrowed : input)[name] = value;
  return readBySchema(list as z.ZodType<ParsedList>, { ...input, filter: narrowed }, faults);
}

export const pageParameters: readonly Parameter[] = described(propertiesOf(pageSchema));

/** Reads `limit` and `cursor`. */
export const readPage = ({
  query,
  faults,
}: Call): { limit: number; cursor?: string | undefined } | undefined =>
  readBySchema(pageSchema, { limit: query["limit"], cursor: query["cursor"] }, faults);

function readBySchema<T>(schema: z.ZodType<T>, input: unknown, faults: Fault[]): T | undefined {
  const { value, faults: found } = parseBySchema(schema, input);
  const nameOf = (pointer: string) => pointer.slice(pointer.lastIndexOf("/") + 1);
  faults.push(...found.map((fault) => ({ ...fault, pointer: inQuery(nameOf(fault.pointer)) })));
  return value;
}

/** Parameters whose values are checked by policies, as fields are. */
const byPolicy = (policies: Fields): Parameter[] =>
  Object.entries(policies).map(([name, policy]) => ({
    name,
    description: policy.description,
    schema: fieldSchema(policy),
  }));

/** Reads one parameter by its policy; undefined where it is not given, or wrong, which `faults` then says. */
function readByPolicy(policy: Field, name: string, { query, faults }: Call): JsonValue | undefined {
  return query[name] === undefined ? undefined : parseValue(policy, query[name], inQuery(name), faults);
}

const { onConflict, reason, dryRun } = optionFields;
const updateOptions = { onConflict, dryRun, reason };
export const updateParameters = byPolicy(updateOptions);
export const deleteParameters = byPolicy({ reason });

/** Reads the options of an update that stand in its query. */
export const readUpdateOptions = (call: Call) => ({
  onConflict: (readByPolicy(onConflict, "onConflict", call) ?? "reject") as "reject" | "rebase",
  dryRun: readByPolicy(dryRun, "dryRun", call) === true,
  reason: readReason(call),
});

export const readReason = (call: Call): string | undefined =>
  readByPolicy(reason, "reason", call) as string | undefined;

const deleted: Field = {
  kind: "boolean",
  nullable: false,
  description: "Whether a deleted record is answered, too. It is found by its id or number only.",
};
export const deletedParameters = byPolicy({ deleted });
export const readDeleted = (call: Call): boolean => readByPolicy(deleted, "deleted", call) === true;

/** Which unique value of a record the path names it by. */
const by = ({ fields }: Resource): Field => ({
  kind: "choice",
  nullable: false,
  options: fieldsWhere(fields, ({ unique }) => unique),
  description: "Which unique value of the record stands in the path; `id` when missing.",
});
export const byParameters = (resource: Resource): Parameter[] => byPolicy({ by: by(resource) });
export const readBy = (resource: Resource, call: Call): string | undefined =>
  call.query["by"] === undefined ? "id" : (readByPolicy(by(resource), "by", call) as string | undefined);
