import * as z from "zod";
import type { Fault } from "../errors.ts";
import { customerFields } from "../customer/customer.ts";
import { emailKey } from "./email.ts";
import type { Field } from "./field.ts";
import { caseFolded } from "./fold.ts";
import { canonicalName } from "./identifier.ts";
import { unknownNames } from "./nearest-name.ts";
import { pointer } from "./pointer.ts";
import { recordFields } from "./record.ts";
import { bounded, distinct, parseValue, toFault } from "./value.ts";

/**
 * The order of a list. Default: by name with a name prefix, by time of change with `changedSince`, otherwise
 * by creation.
 */
export type ListSort = "createdAt" | "updatedAt" | "name";

/** Filters of every list of customers or users. */
export interface CommonFilter {
  /** The records with these ids, at most 100. Always read from the primary, in the order of creation. */
  ids?: readonly string[] | undefined;
  /** One of the record's email addresses, in any case. */
  email?: string | undefined;
  /**
   * The start of the name, in any case. Implies `sort: "name"`, the only order it allows, unless `ids` is
   * given.
   */
  namePrefix?: string | undefined;
  /** Records changed at or after this instant. */
  changedSince?: string | Date | undefined;
  /** `true`: deleted records; `false` (default): live records; `"any"`: both. */
  deleted?: boolean | "any" | undefined;
}

export interface CustomerFilter extends CommonFilter {
  groupTag?: string | undefined;
  hierarchyLevel?: string | undefined;
  /** The id of the parent customer. */
  parent?: string | undefined;
  stripeCustomerId?: string | undefined;
  ssoId?: string | undefined;
  uuid?: string | undefined;
}

export interface UserFilter extends CommonFilter {
  /** The id of the customer that the users belong to. */
  customer?: string | undefined;
  /** The username, in any case. */
  userName?: string | undefined;
  externalId?: string | undefined;
}

export interface UserGroupFilter extends Omit<CommonFilter, "email"> {
  /** The name of the group, in any case. */
  displayName?: string | undefined;
  externalId?: string | undefined;
  /** The id of a member. */
  member?: string | undefined;
}

export interface PageInput {
  /** The maximum number of items, 1 to 200; default 50. A page can be shorter even if it is not the last. */
  limit?: number | undefined;
  /** `nextCursor` of the previous page. The rest of the request must not change. */
  cursor?: string | undefined;
}

export interface ListInput<Filter> extends PageInput {
  filter?: Filter | undefined;
  sort?: ListSort | undefined;
  order?: "asc" | "desc" | undefined;
  /**
   * Whether the list must include all acknowledged changes, even if lists are read from a replica. Default
   * false.
   */
  fresh?: boolean | undefined;
}

export interface CustomerListInput extends ListInput<CustomerFilter> {}
export interface UserListInput extends ListInput<UserFilter> {}
export interface UserGroupListInput extends ListInput<UserGroupFilter> {}

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
/** A value of a field with this policy. */
const like = (field: Field) => valueOf(text, field);
export const idSchema = like(recordFields.id);

const commonFilter = {
  ids: z.array(idSchema).min(1).max(100).optional(),
  email: like(customerFields.email).transform(emailKey).optional(),
  namePrefix: term.refine((prefix) => caseFolded(prefix) !== "", "has no visible character").optional(),
  changedSince: instantSchema.optional(),
  deleted: z.literal([true, false, "any"]).optional(),
};
const page = {
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(4096).optional(),
};

const list = <Shape extends z.ZodRawShape>(filter: Shape) =>
  z
    .strictObject({
      ...page,
      filter: z.strictObject(filter).optional(),
      sort: z.enum(["createdAt", "updatedAt", "name"]).optional(),
      order: z.enum(["asc", "desc"]).default("asc"),
      fresh: z.boolean().optional(),
    })
    .superRefine(({ filter, sort }, ctx) => {
      const { namePrefix, ids } = (filter ?? {}) as { namePrefix?: string; ids?: string[] };
      if (ids && sort !== undefined && sort !== "createdAt") {
        ctx.addIssue({
          code: "custom",
          path: ["sort"],
          message: "a list by ids is always in the order of creation",
        });
      } else if (!ids && namePrefix !== undefined && sort !== undefined && sort !== "name") {
        ctx.addIssue({
          code: "custom",
          path: ["sort"],
          message: 'a name prefix requires the sort "name"',
        });
      }
    });

export const pageSchema = z.strictObject(page);
export const customerListSchema = list({
  ...commonFilter,
  groupTag: term.transform(canonicalName).optional(),
  hierarchyLevel: term.transform(canonicalName).optional(),
  parent: idSchema.optional(),
  stripeCustomerId: like(customerFields.stripeCustomerId).optional(),
  ssoId: like(customerFields.ssoId).optional(),
  uuid: like(customerFields.uuid).optional(),
});
/** The term by which a name is found in any case. */
const folded = term.transform(caseFolded);
export const userListSchema = list({
  ...commonFilter,
  customer: idSchema.optional(),
  userName: folded.optional(),
  externalId: term.optional(),
});
const { email: _, ...groupFilter } = commonFilter;
export const userGroupListSchema = list({
  ...groupFilter,
  displayName: folded.optional(),
  externalId: term.optional(),
  member: idSchema.optional(),
});

/** A parsed list request. */
export interface ParsedList {
  filter?: Record<string, string | boolean | readonly string[] | undefined> | undefined;
  sort?: ListSort | undefined;
  order: "asc" | "desc";
  limit: number;
  cursor?: string | undefined;
  fresh?: boolean | undefined;
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
