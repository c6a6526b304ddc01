import { fieldsWhere, type Field, type WritableKey } from "../record/field.ts";
import type { JsonObject, JsonValue } from "../record/json.ts";
import { jsonEqual } from "../record/json.ts";
import type { Edit } from "../record/parse.ts";
import { pointer } from "../record/pointer.ts";
import { union } from "../record/value.ts";
import { customerFields, type StoredCustomer } from "./customer.ts";

/** Whose value of a field a merge keeps: the survivor's, the duplicate's, or what both have. */
export type Winner = "into" | "from" | "both";

/** What a merge makes of one field in which the duplicate has something to say. */
export interface MergeChoice {
  field: MergeableField;
  into: JsonValue;
  from: JsonValue;
  result: JsonValue;
  winner: Winner;
}

export interface MergeInput<Where> {
  /** The duplicate. */
  where: Where;
  /** The survivor. */
  into: Where;
  /** Whose value of a field to keep, where it is not to be the survivor's. */
  prefer?: { readonly [Field in MergeableField]?: "into" | "from" | undefined } | undefined;
  reason?: string | undefined;
  /** Answer what would be, and store nothing. */
  dryRun?: boolean | undefined;
}

/** What a merge answers, or would. */
export interface MergeResult<Record> {
  customer: Record;
  /** The id of the duplicate, which is deleted and says where it went. */
  merged: string;
  /** Which value has won, for each field in which the duplicate had one. */
  choices: MergeChoice[];
  /** How many references to the duplicate have moved. */
  moved: { customers: number; users: number };
  applied: boolean;
  replayed?: true;
}

/** What taking a merge back answers: the survivor and the duplicate. */
export interface UnmergeResult<Record> {
  customer: Record;
  from: Record;
  replayed?: true;
}

/** Where a customer stands in the hierarchy is not merged: the survivor stays where it is. */
const place = ["parent", "hierarchyLevel"] as const satisfies (keyof typeof customerFields)[];

export type MergeableField = Exclude<WritableKey<typeof customerFields>, (typeof place)[number]>;
/** The fields that a merge can choose for. */
export const mergeableFields = fieldsWhere(customerFields, (field) => field.access === "write").filter(
  (name) => !(place as readonly string[]).includes(name),
) as readonly MergeableField[];

/**
 * What a merge of a duplicate into another customer comes to. The survivor's values win where it
 * has any; sets are united; JSON objects are joined key by key. `prefer` turns the choice of a field.
 *
 * @returns a choice for each field in which the duplicate has a value
 */
export function mergeChoices(
  into: StoredCustomer,
  from: StoredCustomer,
  prefer: MergeInput<never>["prefer"] = {},
): MergeChoice[] {
  return mergeableFields.flatMap((name): MergeChoice[] => {
    const field: Field = customerFields[name as keyof StoredCustomer & keyof typeof customerFields];
    const mine = (into as unknown as JsonObject)[name] as JsonValue;
    const theirs = (from as unknown as JsonObject)[name] as JsonValue;
    if (isEmpty(theirs) || jsonEqual(mine, theirs)) return [];
    const { result, winner } = choose(field, mine, theirs, prefer[name]);
    return [{ field: name, into: mine, from: theirs, result, winner }];
  });
}

const isEmpty = (value: JsonValue): boolean =>
  value === null || value === false || (Array.isArray(value) && value.length === 0);

function choose(
  field: Field,
  mine: JsonValue,
  theirs: JsonValue,
  preferred: "into" | "from" | undefined,
): { result: JsonValue; winner: Winner } {
  if (isEmpty(mine))
    return preferred === "into" ? { result: mine, winner: "into" } : { result: theirs, winner: "from" };
  if (field.kind === "set" && preferred === undefined) {
    return { result: union(field, mine as string[], theirs as string[]), winner: "both" };
  }
  if (field.kind === "json") {
    const [weak, strong] = preferred === "from" ? [mine, theirs] : [theirs, mine];
    return { result: { ...(weak as JsonObject), ...(strong as JsonObject) }, winner: "both" };
  }
  return preferred === "from" ? { result: theirs, winner: "from" } : { result: mine, winner: "into" };
}

/** The edits that the choices make on the survivor. */
export const mergeEdits = (choices: readonly MergeChoice[]): Edit[] =>
  choices
    .filter(({ winner }) => winner !== "into")
    .map(({ field, result }) => ({ field, op: "set", value: result, at: pointer("prefer", field) }));
