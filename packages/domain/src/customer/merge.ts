import { RosterError, type ChangedSince } from "../errors.ts";
import { apply, inverse } from "../record/change.ts";
import { fieldsWhere, type Field, type Fields, type WritableKey } from "../record/field.ts";
import type { LoggedChange } from "../record/history.ts";
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from "../record/json.ts";
import type { FieldName } from "../record-types.ts";
import type { Edit } from "../record/edit.ts";
import { pointer, segments } from "../record/pointer.ts";
import { spellings, withCompanions } from "../record/spelling.ts";
import type { RuleContext } from "../record/rule-context.ts";
import { settled, stamped, takenFaults, type Outcome } from "../record/update.ts";
import { union } from "../record/value.ts";
import { overlap } from "../record/version.ts";
import { customerRules, type CustomerContext } from "./customer-update.ts";
import { customerFields, type StoredCustomer } from "./customer.ts";

/** The side whose value of a field a merge keeps: the survivor, the duplicate, or both joined. */
export type Winner = "into" | "from" | "both";

/** The outcome of a merge for one field in which the duplicate has a value. */
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
  /** The side to keep for a field. Default: the survivor. */
  prefer?: { readonly [Field in MergeableField]?: "into" | "from" | undefined } | undefined;
  reason?: string | undefined;
  /** Return the result without storing anything. */
  dryRun?: boolean | undefined;
}

/** The result of a merge or of its dry run. */
export interface MergeResult<Record> {
  customer: Record;
  /** The id of the duplicate, which is deleted and points at the survivor. */
  merged: string;
  /** One choice for each field in which the duplicate had a value. */
  choices: MergeChoice[];
  /** The number of references that moved from the duplicate to the survivor. */
  moved: { customers: number; users: number };
  applied: boolean;
  replayed?: true;
}

/** The result of undoing a merge: the survivor and the duplicate. */
export interface UnmergeResult<Record> {
  customer: Record;
  from: Record;
  replayed?: true;
}

/** A merge does not move the survivor in the hierarchy. */
const place = ["parent", "hierarchyLevel"] as const satisfies (keyof typeof customerFields)[];

type MergedField = Exclude<WritableKey<typeof customerFields>, (typeof place)[number]>;
const mergedFields = fieldsWhere(customerFields, (field) => field.access === "write").filter(
  (name) => !(place as readonly string[]).includes(name),
) as readonly MergedField[];

/** The fields that `prefer` accepts. A text that spells another field's value follows that field. */
export type MergeableField = {
  [K in MergedField]: (typeof customerFields)[K] extends { readonly spells: string } ? never : K;
}[MergedField];
export const mergeableFields = mergedFields.filter(
  (name) => !(customerFields as Fields)[name]?.spells,
) as readonly MergeableField[];

/**
 * Computes a merge of a duplicate into a survivor. The survivor's values win where it has any; sets are
 * united; JSON objects are joined key by key. `prefer` overrides the choice for a field. References to
 * records that no longer exist are not carried over.
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

/** A value without references to records that no longer exist. */
function standing({ refers }: Field, value: JsonValue, context: RuleContext): JsonValue {
  if (refers === undefined || value === null) return value;
  const exists = (named: JsonValue) => context.resolve(refers, named as string | number) !== undefined;
  if (Array.isArray(value)) return value.filter(exists);
  return exists(value) ? value : null;
}

/** The preferred side for a field. A text follows the field whose value it spells. */
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

/** An object's entries without empty values, except those that are empty in the other object too. */
function withoutEmpty(object: JsonObject, other: JsonObject): JsonObject {
  // Unlike for a whole field, false counts as a value of a key.
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
 * The survivor with the chosen values. They are in stored form; values that either side already held are not
 * checked again.
 */
export function mergeInto(
  survivor: StoredCustomer,
  choices: readonly MergeChoice[],
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  const chosen = new Map<string, JsonValue>(
    choices.filter(({ winner }) => winner !== "into").map(({ field, result }) => [field, result]),
  );
  // If the duplicate's value wins and has no spelling of its own, the survivor's spelling no longer applies.
  for (const name of spellings(customerFields)) {
    const { spells = "" }: Field = customerFields[name as keyof typeof customerFields];
    if (chosen.has(spells) && !chosen.has(name)) chosen.set(name, null);
  }
  // Joined values are new, so they are held to today's limits. All other values were stored before.
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
 * Removes from the survivor what a merge brought in and restores its earlier values. Only unique values are
 * checked, because another record may have taken them since.
 *
 * @param merge the survivor's log row of the merge
 * @param later the changes of the survivor since
 * @returns the outcome, or STALE_VERSION if a merged value has changed since
 */
export function giveBack(
  survivor: StoredCustomer,
  merge: LoggedChange | undefined,
  later: readonly ChangedSince[],
  context: RuleContext,
): Outcome<StoredCustomer> | RosterError {
  if (merge?.action !== "merge") return { next: survivor, changes: [] };
  const { version } = merge;
  const paths = merge.changes.map(({ path }) => path);
  const inTheWay = overlap(later, withCompanions(customerFields, paths), []);
  if (inTheWay.length > 0) {
    return new RosterError(
      "STALE_VERSION",
      "values that the merge brought in have changed since, so it cannot be undone",
      { conflict: { expectedVersion: version, currentVersion: survivor.version, changedSince: inTheWay } },
    );
  }
  const changes = inverse(merge.changes);
  const next = stamped(apply(survivor, changes), context);
  const names = new Set(changes.map(({ path }) => segments(path)[0] as string));
  const faults = takenFaults(customerFields, next, names, () => "/where", context);
  return settled({ next, changes, faults });
}

/** The duplicate, restored when its merge is undone. */
export function bringBack(
  duplicate: StoredCustomer,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  const outcome = customerRules.restore({ ...duplicate, mergedInto: null }, context);
  if (outcome instanceof RosterError) return outcome;
  const { next, changes } = outcome;
  return { next, changes: [...changes, { path: "/mergedInto", from: duplicate.mergedInto, to: null }] };
}
