import { RosterError, type ChangedSince } from "../errors.ts";
import { apply, inverse } from "../record/change.ts";
import { fieldsWhere, type Field, type Fields, type WritableKey } from "../record/field.ts";
import type { ChangeEntryJson } from "../record/history.ts";
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from "../record/json.ts";
import type { FieldName } from "../record-types.ts";
import type { Edit } from "../record/parse.ts";
import { pointer, segments } from "../record/pointer.ts";
import { spellings } from "../record/spelling.ts";
import { settled, stamped, takenFaults, type Outcome, type RuleContext } from "../record/update.ts";
import { union } from "../record/value.ts";
import { overlap } from "../record/version.ts";
import { customerRules, type CustomerContext } from "./customer-update.ts";
import { customerFields, type StoredCustomer } from "./customer.ts";

/** Whose value of a field a merge keeps: the survivor's, the duplicate's, or what both have. */
export type Winner = "into" | "from" | "both";

/** What a merge makes of one field in which the duplicate has something to say. */
export interface MergeChoice {
  field: MergedField;
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

type MergedField = Exclude<WritableKey<typeof customerFields>, (typeof place)[number]>;
const mergedFields = fieldsWhere(customerFields, (field) => field.access === "write").filter(
  (name) => !(place as readonly string[]).includes(name),
) as readonly MergedField[];

/** The fields that a merge can choose for. A text that spells another value goes with that one. */
export type MergeableField = {
  [K in MergedField]: (typeof customerFields)[K] extends { readonly spells: string } ? never : K;
}[MergedField];
export const mergeableFields = mergedFields.filter(
  (name) => !(customerFields as Fields)[name]?.spells,
) as readonly MergeableField[];

/**
 * What a merge of a duplicate into another customer comes to. The survivor's values win where it
 * has any; sets are united; JSON objects are joined key by key. `prefer` turns the choice of a field.
 * References to what does not exist any more are not carried over.
 *
 * @returns a choice for each field in which the duplicate has a value
 */
export function mergeChoices(
  into: StoredCustomer,
  from: StoredCustomer,
  prefer: MergeInput<never>["prefer"] = {},
  context: RuleContext,
): MergeChoice[] {
  return mergedFields.flatMap((name): MergeChoice[] => {
    const field: Field = customerFields[name as keyof StoredCustomer & keyof typeof customerFields];
    const mine = (into as unknown as JsonObject)[name] as JsonValue;
    const stored = (from as unknown as JsonObject)[name] as JsonValue;
    const theirs = standing(field, stored, context);
    if (isEmpty(theirs) || jsonEqual(mine, theirs)) return [];
    const none = isEmpty(Array.isArray(mine) ? mine : standing(field, mine, context));
    const preferred = preference(name, field, into, from, prefer);
    const { result, winner } = choose(field, mine, theirs, none, preferred);
    return [{ field: name, into: mine, from: stored, result, winner }];
  });
}

/** A value without references to what does not exist any more. */
function standing({ refers }: Field, value: JsonValue, context: RuleContext): JsonValue {
  if (refers === undefined || value === null) return value;
  const exists = (named: JsonValue) => context.resolve(refers, named as string | number) !== undefined;
  if (Array.isArray(value)) return value.filter(exists);
  return exists(value) ? value : null;
}

/** Whose value of a field to keep. A text goes with the value that it spells. */
function preference(
  name: MergedField,
  { spells }: Field,
  into: StoredCustomer,
  from: StoredCustomer,
  prefer: Readonly<Record<string, "into" | "from" | undefined>>,
): "into" | "from" | undefined {
  if (spells === undefined) return prefer[name];
  const [mine, theirs] = [into, from].map((record) =>
    isEmpty((record as unknown as JsonObject)[spells] ?? null),
  );
  const preferred = prefer[spells];
  if (mine && theirs) return preferred;
  return (mine ? preferred !== "into" : preferred === "from" && !theirs) ? "from" : "into";
}

const isEmpty = (value: JsonValue): boolean =>
  value === null ||
  value === false ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

/** What of an object stands against another one: not what has no value there, where the other has one. */
function withoutEmpty(object: JsonObject, other: JsonObject): JsonObject {
  // Of a key, false is a value.
  const none = (value: JsonValue | undefined) => value === undefined || (value !== false && isEmpty(value));
  return Object.fromEntries(
    Object.entries(object).filter(
      ([key, value]) => !none(value) || none(Object.hasOwn(other, key) ? other[key] : undefined),
    ),
  );
}

function choose(
  field: Field,
  mine: JsonValue,
  theirs: JsonValue,
  none: boolean,
  preferred: "into" | "from" | undefined,
): { result: JsonValue; winner: Winner } {
  if (field.kind === "set" && preferred === undefined && !none) {
    return { result: union(field, mine as string[], theirs as string[]), winner: "both" };
  }
  if (field.kind === "json" && !none) {
    const [weak, strong] = preferred === "from" ? [mine, theirs] : [theirs, mine];
    const own =
      preferred === "into" ? (strong as JsonObject) : withoutEmpty(strong as JsonObject, weak as JsonObject);
    return { result: { ...(weak as JsonObject), ...own }, winner: "both" };
  }
  const wins = preferred ?? (none ? "from" : "into");
  return { result: wins === "from" ? theirs : mine, winner: wins };
}

/**
 * The survivor with the values that a merge chose for it. They are in their stored form, and those
 * that it has already are not checked.
 */
export function mergeInto(
  survivor: StoredCustomer,
  choices: readonly MergeChoice[],
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  const chosen = new Map<string, JsonValue>(
    choices.filter(({ winner }) => winner !== "into").map(({ field, result }) => [field, result]),
  );
  // The survivor's words for a value go when the duplicate's value comes without any.
  for (const name of spellings(customerFields)) {
    const { spells = "" }: Field = customerFields[name as keyof typeof customerFields];
    if (chosen.has(spells) && !chosen.has(name)) chosen.set(name, null);
  }
  // What both have is new, and kept within the bounds of today; all else was stored before.
  const joined = new Set(
    choices.filter(({ winner }) => winner === "both").map(({ field }) => field as string),
  );
  const edits = [...chosen].map(([field, value]): Edit => {
    const at = pointer("prefer", field);
    return { field: field as FieldName, op: "set", value, at, ...(!joined.has(field) && { stored: true }) };
  });
  return settled(customerRules.update(survivor, { edits, faults: [] }, context));
}

/** The duplicate after a merge: deleted, and pointing at the survivor. */
export const mergedAway = (
  duplicate: StoredCustomer,
  survivor: string,
  context: RuleContext,
): Outcome<StoredCustomer> => ({
  next: stamped({ ...duplicate, deletedAt: context.now, mergedInto: survivor }, context),
  changes: [
    { path: "/deletedAt", from: null, to: context.now },
    { path: "/mergedInto", from: null, to: survivor },
  ],
});

/**
 * The survivor without what a merge has brought it. Its own values of before come back as they were;
 * only unique ones can be taken by now.
 *
 * @param merge the survivor's log row of the merge
 * @param later what was changed since
 */
export function giveBack(
  survivor: StoredCustomer,
  merge: ChangeEntryJson | undefined,
  later: readonly ChangedSince[],
  context: RuleContext,
): Outcome<StoredCustomer> | RosterError {
  if (merge?.action !== "merge") return { next: survivor, changes: [] };
  const { version } = merge;
  const inTheWay = overlap(later, merge.changes, []);
  if (inTheWay.length > 0) {
    return new RosterError(
      "STALE_VERSION",
      "what the merge has brought was changed since, so it cannot be taken back",
      { conflict: { expectedVersion: version, currentVersion: survivor.version, changedSince: inTheWay } },
    );
  }
  const changes = inverse(merge.changes);
  const next = stamped(apply(survivor, changes), context);
  const names = new Set(changes.map(({ path }) => segments(path)[0] as string));
  const faults = takenFaults(customerFields, next, names, () => "/where", context);
  return settled({ next, changes, faults });
}

/** The duplicate as it is when its merge is taken back. */
export function bringBack(
  duplicate: StoredCustomer,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  const outcome = customerRules.restore({ ...duplicate, mergedInto: null }, context);
  if (outcome instanceof RosterError) return outcome;
  const { next, changes } = outcome;
  return { next, changes: [...changes, { path: "/mergedInto", from: duplicate.mergedInto, to: null }] };
}
