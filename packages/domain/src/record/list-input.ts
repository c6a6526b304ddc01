import * as z from "zod";
import type { Fault } from "../errors.ts";
import type { customerFields } from "../customer/customer.ts";
import type { userFields } from "../user/user.ts";
import type { userGroupFields } from "../user-group/user-group.ts";
import type { Field } from "./field.ts";
import {
  parseCondition,
  parseProperties,
  type FieldFilter,
  type PropertyFilter,
  type SortKey,
  type TextCondition,
} from "./filter.ts";
import { findables, sortable, sortables, type FoundType } from "./find.ts";
import { caseFolded } from "./fold.ts";
import type { Page } from "./history.ts";
import { canonicalName } from "./identifier.ts";
import { unknownNames } from "./nearest-name.ts";
import { pointer, segments } from "./pointer.ts";
import { recordFields } from "./record.ts";
import { searchedOf, searchWords } from "./search.ts";
import { bounded, distinct, parseValue, toFault } from "./value.ts";

/** Filters of every list of customers, users or user groups, besides the conditions on their fields. */
export interface CommonFilter {
  /** The records with these ids, at most 100. Always read from the primary, in the order of creation. */
  ids?: readonly string[] | undefined;
  /** Short for `name: { startsWith }` with `sort: "name"`, the only order it allows, unless `ids` is given. */
  namePrefix?: string | undefined;
  /** Short for `updatedAt: { gte }`: records changed at or after this instant. */
  changedSince?: string | Date | undefined;
  /** `true`: deleted records; `false` (default): live records; `"any"`: both. */
  deleted?: boolean | "any" | undefined;
}

export interface CustomerFilter extends CommonFilter, FieldFilter<typeof customerFields> {
  /** Short for `groupTags: { contains }`. */
  groupTag?: string | undefined;
  /** Conditions on properties that the tenant's properties schema marks with `x-roster-index`. */
  properties?: PropertyFilter | undefined;
}

export interface UserFilter extends CommonFilter, FieldFilter<typeof userFields> {
  /** The full name, or else the username. */
  name?: string | null | TextCondition | undefined;
  /** The username, in any case. */
  userName?: string | null | TextCondition | undefined;
}

export interface UserGroupFilter extends CommonFilter, FieldFilter<typeof userGroupFields> {
  /** The name of the group. */
  name?: string | TextCondition | undefined;
  /** The id of a member. */
  member?: string | Pick<TextCondition, "equals" | "in"> | undefined;
}

export interface PageInput {
  /** The maximum number of items, 1 to 200; default 50. A page can be shorter even if it is not the last. */
  limit?: number | undefined;
  /** `nextCursor` of the previous page. The rest of the request must not change. */
  cursor?: string | undefined;
}

/** The selection of the records that a request is about. */
export interface FindInput<Filter> {
  /** Conditions that must all hold. */
  filter?: Filter | undefined;
  /**
   * Letters of names, addresses, phones, ids, jobs or tags, in any order of the words, without regard to case
   * and accents. The best matches come first, unless there is a `sort`.
   */
  search?: string | undefined;
  /**
   * Whether the answer must include all acknowledged changes, even if lists are read from a replica. Default
   * false.
   */
  fresh?: boolean | undefined;
}

export interface ListInput<Filter, Sort extends string = string> extends PageInput, FindInput<Filter> {
  /**
   * The field that gives the order. Default: the field of the first condition with a range or a prefix,
   * otherwise by creation. Records without a value come last; one without a name sorts as an empty text.
   */
  sort?: Sort | undefined;
  order?: "asc" | "desc" | undefined;
  /** Whether the page says how many records match. */
  count?: boolean | undefined;
}

export interface CustomerListInput extends ListInput<
  CustomerFilter,
  /** Also a property that has an index, by its path or JSON Pointer. */
  SortKey<typeof customerFields> | "updatedAt" | `properties.${string}` | `/properties/${string}`
> {}
export interface UserListInput extends ListInput<
  UserFilter,
  SortKey<typeof userFields> | "updatedAt" | "name" | "userName"
> {}
export interface UserGroupListInput extends Omit<
  ListInput<UserGroupFilter, SortKey<typeof userGroupFields> | "updatedAt" | "name">,
  "search"
> {}
export interface CustomerCountInput extends FindInput<CustomerFilter> {}
export interface UserCountInput extends FindInput<UserFilter> {}
export interface UserGroupCountInput extends Omit<FindInput<UserGroupFilter>, "search"> {}

/** The number of records that match. */
export interface Count {
  count: number;
  /** Whether it is the exact number; otherwise there are at least as many: of 10,000, more. */
  exact: boolean;
}
/** The greatest number that is counted exactly. */
export const maxCount = 10_000;

/** The state of an index. */
export interface IndexState {
  /** `properties` and the JSON Pointer of the property; empty for all indexes that the fields have. */
  name: string;
  state: "ready" | "building" | "dropping";
  /** How many records are in it, of about how many. Only while it is being built. */
  done?: number;
  total?: number;
}

/** A page of a list, with the number of all matches if it was asked for. */
export interface ListPage<Item> extends Page<Item> {
  total?: Count;
}

/** Parses a value by a field's policy into its canonical form. */
const valueOf = <Written extends z.ZodType>(schema: Written, field: Field) =>
  schema.transform((value, ctx): string => {
    const faults: Fault[] = [];
    const parsed = parseValue(field, value, "", faults);
    for (const { message } of faults) ctx.addIssue({ code: "custom", message });
    return parsed === undefined ? z.NEVER : (parsed as string);
  });

/** An instant, as text or as a Date, in its stored form. */
export const instantSchema = z.preprocess(
  (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value),
  valueOf(z.string().meta({ format: "date-time" }), { kind: "instant", description: "" }),
);

const text = bounded(z.string(), { min: 1, max: 255 });
const anyText: Field = { kind: "text", description: "" };
/** A text that a record can contain. Some databases fail on any other. */
const term = valueOf(text, anyText);
export const idSchema = valueOf(text, recordFields.id);

/** A schema that leaves the reading to a function. */
const readBy = <Read>(read: (written: unknown, faults: Fault[]) => Read | undefined) =>
  z
    .unknown()
    .transform((written, ctx): Read => {
      const faults: Fault[] = [];
      const value = read(written, faults);
      for (const fault of faults)
        ctx.addIssue({
          code: "custom",
          message: fault.message,
          path: segments(fault.pointer),
          params: { code: fault.code },
        });
      return faults.length > 0 ? z.NEVER : (value as Read);
    })
    .optional();

const page = {
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(4096).optional(),
};
const commonFilter = {
  ids: z.array(idSchema).min(1).max(100).optional(),
  namePrefix: term.refine((prefix) => caseFolded(prefix) !== "", "has no visible character").optional(),
  changedSince: instantSchema.optional(),
  deleted: z.literal([true, false, "any"]).optional(),
};

function filterOf(type: FoundType) {
  const conditions: Record<string, z.ZodType> = { ...commonFilter };
  for (const [name, by] of findables(type))
    conditions[name] = readBy((written, faults) => parseCondition(by, written, "", faults));
  if (type === "customer") {
    conditions["groupTag"] = term.transform(canonicalName).optional();
    conditions["properties"] = readBy((written, faults) => parseProperties(written, "", faults));
  }
  return z.strictObject(conditions);
}

const letters = term.refine((words) => searchWords(words).length > 0, "has no letter and no digit");
function found(type: FoundType) {
  const shape = {
    filter: filterOf(type).optional(),
    search: letters.optional(),
    fresh: z.boolean().optional(),
  };
  // Nothing of these records is searched.
  if (searchedOf(type).length === 0) Reflect.deleteProperty(shape, "search");
  return shape;
}

/** The name of what gives the order. */
function sortOf(type: FoundType) {
  const names = [...sortables(type).keys()] as [string, ...string[]];
  if (type !== "customer") return z.enum(names);
  return z
    .string()
    .max(1_000)
    .superRefine((name, ctx) => {
      if (!sortable(type, name))
        ctx.addIssue({ code: "invalid_value", values: names, message: wrongSort(names), input: name });
    })
    .meta({ anyOf: [{ enum: names }, { pattern: "^(properties\\.|/properties/)." }] });
}
const wrongSort = (names: readonly string[]): string =>
  `Invalid option: expected a property such as properties.plan, or one of ${names.map((name) => `"${name}"`).join("|")}`;

const list = (type: FoundType) =>
  z
    .strictObject({
      ...page,
      ...found(type),
      sort: sortOf(type).optional(),
      order: z.enum(["asc", "desc"]).default("asc"),
      count: z.boolean().optional(),
    })
    .superRefine(({ filter, sort, search }, ctx) => {
      const { namePrefix, ids } = (filter ?? {}) as { namePrefix?: string; ids?: string[] };
      const refuse = (path: string, message: string) =>
        ctx.addIssue({ code: "custom", path: [path], message });
      if (ids && sort !== undefined && sort !== "createdAt")
        refuse("sort", "a list by ids is always in the order of creation");
      else if (!ids && namePrefix !== undefined && sort !== undefined && sort !== "name")
        refuse("sort", 'a name prefix requires the sort "name"');
      if (ids && search !== undefined) refuse("search", "cannot be combined with ids");
    });

export const pageSchema = z.strictObject(page);
export const customerListSchema = list("customer");
export const userListSchema = list("user");
export const userGroupListSchema = list("userGroup");
export const customerCountSchema = z.strictObject(found("customer"));
export const userCountSchema = z.strictObject(found("user"));
export const userGroupCountSchema = z.strictObject(found("userGroup"));

/** The parsed selection of records in a request. */
export interface ParsedFind {
  filter?: Readonly<Record<string, unknown>> | undefined;
  search?: string | undefined;
  fresh?: boolean | undefined;
}

/** A parsed list request. */
export interface ParsedList extends ParsedFind {
  sort?: string | undefined;
  order: "asc" | "desc";
  limit: number;
  cursor?: string | undefined;
  count?: boolean | undefined;
}

/** Parses a value by a zod schema and converts its issues to faults. */
export function parseBySchema<T>(
  schema: z.ZodType<T>,
  input: unknown,
): { value: T | undefined; faults: Fault[] } {
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data, faults: [] };
  const faults: Fault[] = [];
  for (const issue of result.error.issues) {
    const at = toFault(issue, "");
    if (issue.code !== "unrecognized_keys") {
      faults.push(at);
      continue;
    }
    const unknown = unknownNames(() => keysAt(schema, issue.path), faults);
    for (const key of issue.keys) unknown(key, at.pointer + pointer(key));
  }
  return { value: undefined, faults: distinct(faults) };
}

/** The keys of the object that a schema has at a path; empty if there is no object. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let here = schema;
  for (const step of [...path, undefined]) {
    while (here instanceof z.ZodOptional || here instanceof z.ZodDefault || here instanceof z.ZodNullable)
      here = here.unwrap();
    if (!(here instanceof z.ZodObject)) return [];
    const shape = here.shape as Record<PropertyKey, unknown>;
    if (step === undefined) return Object.keys(shape);
    here = shape[step];
  }
  return [];
}
