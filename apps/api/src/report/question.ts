import {
  authorize,
  may,
  parseBySchema,
  parseValue,
  pointer,
  refusal,
  RosterError,
  unknownNames,
  type Actor,
  type Fault,
  type Field,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import * as z from "zod";
import { readScopes } from "../change/wanted.ts";
import type { ReportQuery } from "../store/reports/report-store.ts";
import { reported, reportedRecords, type Reported, type ReportedType } from "../store/reports/reported.ts";

const ranges = ["$gt", "$gte", "$lt", "$lte"];
const lists = ["$in", "$nin"];
const operators = ["$eq", "$ne", ...ranges, ...lists];
const maxRelations = 4;

const json: Field = { kind: "json", description: "" };
const anyText: Field = { kind: "text", description: "" };
/** Kinds whose values are compared as any text is: a part of one can be the end of a range. */
const texts = new Set<Field["kind"]>(["id", "text", "email", "phone", "country", "choice"]);

const optionsSchema = z.strictObject({
  options: z.strictObject({
    limit: z.int().min(1).max(200).default(50),
    offset: z.int().min(0).default(0),
    orderBy: z.record(z.string(), z.enum(["asc", "desc"])).default({}),
    populate: z.array(z.string()).max(20).default([]),
    deleted: z.literal([true, false, "any"]).default(false),
  }),
});

/**
 * Reads the question of a report, whose type at run time is unknown. MikroORM is given a copy that consists
 * of nothing but known fields, known operators and checked values: no SQL, no symbols, no objects with methods.
 *
 * @throws RosterError FORBIDDEN where the actor lacks a scope for the type or for a related one, or INVALID
 */
export function readQuestion(
  actor: Actor,
  type: unknown,
  where: unknown = {},
  options: unknown = {},
): ReportQuery {
  if (!isReported(type)) {
    const message = `must be one of ${Object.keys(reported).join(", ")}`;
    throw refusal([{ pointer: "/type", code: "invalid_choice", message }]);
  }
  const { value, faults } = parseBySchema(optionsSchema, { options });
  const fault = (at: string, code: Fault["code"], message: string): undefined =>
    void faults.push({ pointer: at, code, message });
  const unknown = (names: Iterable<string>, name: string, at: string) =>
    unknownNames(() => [...names], faults)(name, at);
  const { limit, offset, orderBy, populate, deleted } =
    value?.options ?? optionsSchema.parse({ options: {} }).options;

  /** Checks the scope for a type. @returns the condition for its visible rows */
  function enter(of: Reported): object {
    if (of !== "changeLog") {
      authorize(actor, readScopes[of]);
      return deleted === "any" ? {} : { deletedAt: deleted ? { $ne: null } : null };
    }
    const readable = reportedRecords.filter((one) => may(actor, readScopes[one]));
    if (readable.length === 0)
      throw new RosterError("FORBIDDEN", "the token lacks a scope to read any records with");
    return { recordType: { $in: readable } };
  }

  function condition(of: Reported, input: JsonValue, at: string): object {
    const { fields, relations } = reported[of];
    const parts = entriesOf(input, at).map(([key, given]) => {
      const here = at + pointer(key);
      const field = fields.get(key);
      const relation = relations.get(key);
      if (field) return { [key]: comparison(field, given, here) };
      if (relation) return { [key]: related(relation.type, given, here) };
      if (key === "$not") return { $not: condition(of, filled(given, here), here) };
      if (key === "$and" || key === "$or")
        return {
          [key]: listOf(given, here).map((one, i) => condition(of, filled(one, here), here + pointer(i))),
        };
      return unknown([...fields.keys(), ...relations.keys(), "$and", "$or", "$not"], key, here);
    });
    return parts.length > 0 ? { $and: parts } : {};
  }

  /** A record that is not there has no values: without the condition on its version it would be one that fits `null`. */
  function related(of: Reported, input: JsonValue, at: string): object {
    const visible = enter(of);
    return allOf(condition(of, input, at), deleted === false ? visible : {}, { version: { $ne: null } });
  }

  function comparison(field: Field, input: JsonValue, at: string): object {
    if (refusesJson(field, at)) return {};
    if (typeof input !== "object" || input === null) return { $eq: compared(field, "$eq", input, at) };
    const parts = entriesOf(filled(input, at), at).map(([operator, given]) => {
      const here = at + pointer(operator);
      if (!operators.includes(operator)) return unknown(operators, operator, here);
      if (!lists.includes(operator)) return { [operator]: compared(field, operator, given, here) };
      return {
        [operator]: listOf(given, here).map((one, i) => compared(field, operator, one, here + pointer(i))),
      };
    });
    return Object.assign({}, ...parts) as object;
  }

  function compared(field: Field, operator: string, given: JsonValue, at: string): unknown {
    if (given === null && operator !== "$eq" && operator !== "$ne")
      return fault(at, "not_nullable", "null is compared by $eq and $ne only");
    // A reference is compared as it is stored: it is an id, never the caller's own.
    const { refers: _, ...own } = field;
    const policy = ranges.includes(operator) && texts.has(field.kind) ? anyText : own;
    // The last list is for values that an earlier release may have stored: they can be asked for.
    return parseValue(policy, given, at, faults, []);
  }

  function refusesJson({ kind }: Field, at: string): boolean {
    if (kind !== "json" && kind !== "set") return false;
    fault(at, "forbidden_key", "reports neither search nor sort by what is in JSON");
    return true;
  }

  const entriesOf = (input: JsonValue, at: string): [string, JsonValue][] =>
    typeof input === "object" && input !== null && !Array.isArray(input)
      ? Object.entries(input)
      : (fault(at, "invalid_type", "must be an object"), []);
  const listOf = (input: JsonValue, at: string): JsonValue[] =>
    Array.isArray(input) ? filled(input, at) : (fault(at, "invalid_type", "must be an array"), []);
  /** Refuses an empty object or list: some readers expect it to match all rows, others none. */
  const filled = <T extends JsonValue>(input: T, at: string): T => {
    if (input !== null && Object.keys(input).length === 0) fault(at, "required", "must not be empty");
    return input;
  };

  function order(of: Reported): ReportQuery["orderBy"] {
    const { fields } = reported[of];
    const given = Object.entries(orderBy).map(([key, direction]) => {
      const at = pointer("options", "orderBy", key);
      const field = fields.get(key);
      if (field) refusesJson(field, at);
      else unknown(fields.keys(), key, at);
      // Left to themselves, the databases put missing values at different ends.
      if (!field?.nullable) return { [key]: direction };
      return { [key]: direction === "asc" ? ("asc nulls first" as const) : ("desc nulls last" as const) };
    });
    return [...given, { [of === "changeLog" ? "seq" : "id"]: "asc" }];
  }

  /** Checks a path of relations, and the scope for each record on it. */
  function walk(path: string, at: string): void {
    let from: ReportedType = reported[type as Reported];
    const steps = path.split(".");
    if (steps.length > maxRelations) return fault(at, "too_deep", `has more than ${maxRelations} relations`);
    for (const step of steps) {
      const relation = from.relations.get(step);
      if (!relation) return unknown(from.relations.keys(), step, at);
      enter(relation.type);
      from = reported[relation.type];
    }
  }

  const visible = enter(type);
  const copy = parseValue(json, where, "/where", faults) as JsonObject | undefined;
  if (copy && hasOddParts(where))
    fault("/where", "invalid_type", "has a value that is undefined, or a key that is no text");
  const conditions = condition(type, copy ?? {}, "/where");
  const sorted = order(type);
  for (const [i, path] of populate.entries()) walk(path, pointer("options", "populate", i));
  if (faults.length > 0) throw refusal(faults);
  return {
    tenant: actor.tenant.number,
    type,
    where: allOf(visible, conditions),
    orderBy: sorted,
    limit,
    offset,
    populate,
    relatedDeleted: deleted !== false,
  };
}

const allOf = (...parts: object[]): object => ({
  $and: parts.filter((part) => Object.keys(part).length > 0),
});

const isReported = (type: unknown): type is Reported =>
  typeof type === "string" && Object.hasOwn(reported, type);

/** Whether a value has parts that its copy as JSON lacks: the rest would match more than was meant. */
const hasOddParts = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === "object" &&
    value !== null &&
    (Object.getOwnPropertySymbols(value).length > 0 || Object.values(value).some(hasOddParts)));
