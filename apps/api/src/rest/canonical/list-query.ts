import {
  findables,
  operatorsOf,
  pageSchema,
  parseBySchema,
  segments,
  valuePolicy,
  type CommonFilter,
  type Fault,
  type Findable,
  type FoundType,
  type JsonObject,
  type ListInput,
  type Operator,
  type ParsedFind,
} from "@roster/domain";
import type { z } from "zod";
import { fieldSchema, jsonSchemaOf } from "../json-schema.ts";
import { inQuery, moved } from "../place.ts";
import { json, type Parameter } from "./operation.ts";
import type { Query } from "./query.ts";

type Name = Exclude<keyof ListInput<object>, "filter"> | keyof CommonFilter | "groupTag" | "properties";

const descriptions: Record<Name, string> = {
  ids: "The records with these ids, at most 100, separated by commas. Always current, even if lists are read from a replica, and in the order of creation.",
  fresh: "Whether the answer must include all acknowledged changes, even if lists are read from a replica.",
  limit: "The maximum number of items in a page, which can be shorter even if it is not the last.",
  cursor: "`nextCursor` of the previous page. The rest of the query must not change.",
  search:
    "Letters of names, addresses, phones, ids, jobs or tags, in any order of the words, without regard to case and accents. The best matches come first, unless there is a `sort`.",
  sort: "The field that gives the order. Default: the field of the first condition with a range or a prefix, otherwise by creation.",
  order: "The direction of the order.",
  count: "Whether the page says how many records match, in `total`.",
  namePrefix: "The start of the name, in any case. Requires the order by name.",
  changedSince: "Records changed at or after this instant.",
  deleted: "`true`: deleted records instead of live ones; `any`: both.",
  groupTag: "A group tag of the customer.",
  properties:
    'Conditions on indexed properties, as JSON: `{"plan":"pro","seats":{"gte":5}}`. A name is a dotted path or a JSON Pointer.',
};

/** The text that each operator adds to the description of a value. */
const meanings: Record<Operator, string> = {
  equals: "",
  in: "One of these values, at most 100, separated by commas.",
  present: "Whether there is a value.",
  startsWith: "The start of the value.",
  gte: "Greater than or equal to this value.",
  gt: "Greater than this value.",
  lte: "Less than or equal to this value.",
  lt: "Less than this value.",
  contains: "All of these entries, at most 100, separated by commas.",
};

/** The query parameter of one condition, and its place in a filter. */
interface ConditionParameter extends Parameter {
  field: string;
  operator: Operator;
}

/** The parameters for a field: `field` for the first operator, `field.operator` for others. */
const conditionsOn = ({ name, policy }: Findable): ConditionParameter[] =>
  operatorsOf(policy).map((operator) => ({
    name: operator === "equals" ? name : `${name}.${operator}`,
    description: `${policy.description} ${meanings[operator]}`.trim(),
    schema: operandSchema(policy, operator),
    field: name,
    operator,
  }));

function operandSchema(policy: Findable["policy"], operator: Operator): JsonObject {
  if (operator === "present") return { type: "boolean" };
  if (operator === "startsWith") return { type: "string", minLength: 1, maxLength: 255 };
  const value = fieldSchema(valuePolicy(policy));
  return operator === "in" || operator === "contains"
    ? { type: "array", items: value, minItems: 1, maxItems: 100 }
    : value;
}

const properties: Parameter = {
  name: "properties",
  description: descriptions.properties,
  schema: { type: "string", contentMediaType: json, contentSchema: { type: "object" } },
};

/** The query of a list or a count, with its filters beside the other parameters. */
export function findQuery<Parsed extends ParsedFind>(type: FoundType, schema: z.ZodType): Query<Parsed> {
  // Made for the first request: the schemas of all filters would take a sixth of the server's start.
  let made: ReturnType<typeof parametersOf> | undefined;
  const all = () => (made ??= parametersOf(type, schema));
  return {
    get parameters() {
      return all().parameters;
    },
    read({ query, faults }) {
      const { own, others } = all();
      const input: Record<string, unknown> = {};
      const narrowed: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(query)) {
        const condition = own.get(name);
        if (condition) add(narrowed, condition, value);
        else (others.has(name) ? narrowed : input)[name] = value;
      }
      // A fault may point into a list, at one of its items.
      const placeOf = (at: string): string => {
        const [name = "", field, operator] = segments(at);
        if (name !== "filter" || field === undefined) return inQuery(name);
        const precise = `${field}.${operator}`;
        return inQuery(own.has(precise) && precise in query ? precise : field);
      };
      return readBySchema(schema as z.ZodType<Parsed>, { ...input, filter: narrowed }, faults, placeOf);
    },
  };
}

/**
 * The parameters of a list or a count. Of these, `own` are the conditions on fields, by the names of their
 * parameters, and `others` the names of the other parts of the filter.
 */
function parametersOf(type: FoundType, schema: z.ZodType) {
  const { filter, ...rest } = propertiesOf(schema);
  const all = filter?.["properties"] as Record<string, JsonObject>;
  const conditions = [...findables(type).values()].flatMap(conditionsOn);
  // One entry of a set is short for a list of one.
  const sets = conditions
    .filter(({ operator }) => operator === "contains")
    .map((one): ConditionParameter => ({
      ...one,
      name: one.field,
      description: one.description.replace(meanings.contains, "This entry."),
      schema: one.schema["items"] as JsonObject,
    }));
  const own = new Map([...conditions, ...sets].map((one) => [one.name, one]));
  const others = Object.fromEntries(
    Object.entries(all).filter(([name]) => !findables(type).has(name) && name !== "properties"),
  );
  return {
    parameters: [
      ...described({ ...rest, ...others }, descriptions),
      ...[...own.values()].map(({ name, description, schema: of }) => ({ name, description, schema: of })),
      ...(type === "customer" ? [properties] : []),
    ],
    own,
    others: new Set([...Object.keys(others), "properties"]),
  };
}

/** Adds a condition to the others on its field. */
function add(filter: Record<string, unknown>, { field, name, operator }: ConditionParameter, value: unknown) {
  // Refused already.
  if (value === undefined) return;
  const before = filter[field] as Record<string, unknown> | undefined;
  const all = operator === "contains" && name === field ? [value] : value;
  const both =
    operator === "contains" && before?.["contains"] !== undefined
      ? [...(before["contains"] as unknown[]), ...(all as unknown[])]
      : all;
  filter[field] = { ...before, [operator]: both };
}

/** The query whose parameters are the members of a schema. */
export function schemaQuery<Read>(
  schema: z.ZodType<Read>,
  descriptions: Readonly<Record<keyof Read & string, string>>,
): Query<Read> {
  const parameters = described(propertiesOf(schema), descriptions);
  return {
    parameters,
    read({ query, faults }) {
      const own = parameters.map(({ name }) => [name, query[name]] as const);
      return readBySchema(schema, Object.fromEntries(own), faults);
    },
  };
}

/** The query of a paged list without filters. */
export const pageQuery = schemaQuery(pageSchema, descriptions);

function propertiesOf(schema: z.ZodType): Record<string, JsonObject> {
  return jsonSchemaOf(schema)["properties"] as Record<string, JsonObject>;
}

function described(
  schemas: Record<string, JsonObject>,
  words: Readonly<Record<string, string>>,
): Parameter[] {
  return Object.entries(schemas).map(([name, schema]) => ({ name, description: words[name] ?? "", schema }));
}

/** @param placeOf the place in the request for a pointer into the input; usually the parameter of a member */
export function readBySchema<T>(
  schema: z.ZodType<T>,
  input: unknown,
  faults: Fault[],
  placeOf = (at: string): string => inQuery(segments(at)[0] ?? ""),
): T | undefined {
  const { value, faults: found } = parseBySchema(schema, input);
  faults.push(...moved(found, placeOf));
  return value;
}
