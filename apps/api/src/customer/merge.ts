import {
  authorize,
  bringBack,
  customerFields,
  customerRules,
  deleted,
  giveBack,
  jsonEqual,
  mergeableFields,
  mergeChoices,
  mergedAway,
  mergeInto,
  notFound,
  parseBySchema,
  parseWhere,
  refusal,
  RosterError,
  userRules,
  type Action,
  type Actor,
  type CustomerJson,
  type Edit,
  type Edited,
  type Fault,
  type JsonObject,
  type MergeChoice,
  type MergeResult,
  type Outcome as RuleOutcome,
  type StoredCustomer,
  type UnmergeResult,
  type FieldName,
} from "@roster/domain";
import { z } from "zod";
import { reasonSchema } from "../record/reason.ts";
import { decisionContext } from "../record/decision-context.ts";
import {
  accepted,
  CommandMaker,
  firstOf,
  wantsOf,
  type Alternatives,
  type Store,
} from "../record/command.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";
import type { Write } from "../store/batch.ts";
import type { Decision, Outcome } from "../store/command.ts";

/** The most references that one merge moves. */
const maxMoved = 5_000;

interface Parts {
  store: Store;
  customer: RecordService<"customer", CustomerJson>;
}

/** A merge that has been read. */
export interface ParsedMerge {
  where: Alternatives;
  into: Alternatives;
  prefer: Readonly<Record<string, "into" | "from">>;
  reason: string | undefined;
  dryRun: boolean;
}

const option = z.strictObject({
  prefer: z
    .partialRecord(z.enum(mergeableFields as [string, ...string[]]), z.enum(["into", "from"]))
    .optional(),
  reason: reasonSchema.optional(),
  dryRun: z.boolean().optional(),
});

/** Reads `{ where, into, prefer?, reason?, dryRun? }`. @throws RosterError INVALID with all faults */
export function parseMerge(raw: unknown): ParsedMerge {
  const faults: Fault[] = [];
  const { where, into, ...rest } = (typeof raw === "object" && raw !== null ? raw : {}) as Record<
    string,
    unknown
  >;
  const from = parseWhere(customerFields, where, "/where", faults);
  const survivor = parseWhere(customerFields, into, "/into", faults);
  const { value, faults: others } = parseBySchema(option, rest);
  faults.push(...others);
  if (!from || !survivor || !value || faults.length > 0) throw refusal(faults);
  const prefer = (value.prefer ?? {}) as ParsedMerge["prefer"];
  return { where: from, into: survivor, prefer, reason: value.reason, dryRun: value.dryRun ?? false };
}

type Result = MergeResult<CustomerJson>;

/** What the log keeps of a merge, on the row of the duplicate. */
interface MergeDetails extends JsonObject {
  into: string;
  /** The version of the survivor that the merge made; null when there was nothing to take over. */
  version: number | null;
  customers: string[];
  users: string[];
}

type Reply = Omit<Result, "applied">;

/**
 * Merges a duplicate into another customer, in one transaction: the duplicate is deleted and frees
 * its identifiers, the survivor takes the values chosen, and the children and users of the
 * duplicate become the survivor's. All rules hold for each of them, or nothing is merged.
 */
export async function mergeCustomers(
  { store, customer: customers }: Parts,
  actor: Actor,
  { where, into, prefer, reason, dryRun }: ParsedMerge,
): Promise<Result> {
  authorize(actor, "customers:write");
  const maker = new CommandMaker(store, "customer", actor, reason ?? null);
  const wants = wantsOf("customer", customerFields, [...where, ...into]);
  // Later parts work on what the first has found; each runs after the one before is done.
  let plan: {
    from: StoredCustomer;
    into: StoredCustomer;
    choices: MergeChoice[];
    customers: string[];
    users: string[];
  };

  const takeAway = (context: DecisionContext): Decision<undefined> => {
    const from = live(context, where);
    const survivor = live(context, into, "/into");
    const above = [survivor, ...context.view.ancestors(survivor)].some(({ id }) => id === from.id);
    if (above) {
      throw refusal([{ pointer: "/into", code: "cycle", message: "is the duplicate itself, or below it" }]);
    }
    const customers = context.view.referring("customer", "parent", from.id, maxMoved + 1);
    const users = context.view.referring("user", "customer", from.id, maxMoved + 1);
    if (customers.length + users.length > maxMoved) {
      throw refusal([
        {
          pointer: "/where",
          code: "too_many",
          message: `more than ${maxMoved} records refer to the duplicate`,
        },
      ]);
    }
    const choices = mergeChoices(survivor, from, prefer, context);
    plan = { from, into: survivor, choices, customers, users };
    const changed = choices.some(({ into, result }) => !jsonEqual(into, result));
    const version = changed ? survivor.version + 1 : null;
    const details: MergeDetails = { into: survivor.id, version, customers, users };
    return written(from, mergedAway(from, survivor.id, context), "merge", details);
  };
  const takeOver = (context: DecisionContext): Decision<undefined> => {
    const survivor = context.view.find("customer", "id", plan.into.id) as StoredCustomer;
    return written(survivor, mergeInto(survivor, plan.choices, context), "merge");
  };
  const move = (context: DecisionContext): Decision<Reply> => {
    const writes = moves(context, actor, plan.customers, plan.users, plan.from.id, plan.into.id, "merge");
    const survivor = context.view.find("customer", "id", plan.into.id) as StoredCustomer;
    return {
      writes,
      reply: {
        customer: customers.show(context, survivor),
        merged: plan.from.id,
        choices: plan.choices,
        moved: { customers: plan.customers.length, users: plan.users.length },
      },
    };
  };
  const conclude = (outcomes: readonly Outcome<unknown>[]): Result => ({
    ...(lastOf(outcomes) as Reply),
    applied: !dryRun,
  });
  const result = await store.commits.submit(
    maker.series<unknown, Result>(wants, [takeAway, takeOver, move], {
      atomic: true,
      stepwise: true,
      dryRun,
      conclude,
    }),
  );
  // Of a merge that another token has made, and this one repeats.
  if (result.moved.users > 0) authorize(actor, "users:write");
  return result;
}

/**
 * Takes a merge back: the survivor gives back what it took over, the duplicate is restored, and what
 * was moved and is still with the survivor moves back.
 *
 * @param where the duplicate, by its id or number
 * @throws RosterError STALE_VERSION when what the survivor took over has been changed since
 */
export async function unmergeCustomers(
  { store, customer: customers }: Parts,
  actor: Actor,
  where: Alternatives,
  reason: string | undefined,
): Promise<UnmergeResult<CustomerJson>> {
  authorize(actor, "customers:write");
  const maker = new CommandMaker(store, "customer", actor, reason ?? null);
  let from: StoredCustomer;
  let details: MergeDetails;

  const takeBack = (context: DecisionContext): Decision<undefined> => {
    const found = find(context, where);
    if (!found) throw notFound("customer");
    if (found.erasedAt !== null) throw deleted("customer", found);
    const row = context.view.entry("customer", found.id, found.version);
    if (found.mergedInto === null || row?.details === undefined) {
      throw refusal([
        { pointer: "/where", code: "not_found", message: "names no customer that was merged into another" },
      ]);
    }
    from = found;
    details = row.details as MergeDetails;
    const survivor = context.view.find("customer", "id", details.into) as StoredCustomer;
    if (survivor.deletedAt !== null) throw deleted("customer", survivor);
    const { version } = details;
    if (version === null) return { writes: [], reply: undefined };
    const merge = context.view.entry("customer", survivor.id, version);
    const later = context.view.changedSince("customer", survivor.id, version);
    return written(survivor, giveBack(survivor, merge, later, context), "unmerge");
  };
  const restore = (context: DecisionContext): Decision<undefined> =>
    written(from, bringBack(from, context), "unmerge");
  const moveBack = (context: DecisionContext): Decision<UnmergeResult<CustomerJson>> => {
    const writes = moves(context, actor, details.customers, details.users, details.into, from.id, "unmerge");
    const show = (id: string) =>
      customers.show(context, context.view.find("customer", "id", id) as StoredCustomer);
    return { writes, reply: { customer: show(details.into), from: show(from.id) } };
  };
  const conclude = (outcomes: readonly Outcome<unknown>[]) => lastOf(outcomes) as UnmergeResult<CustomerJson>;
  return store.commits.submit(
    maker.series(
      wantsOf("customer", customerFields, where),
      [takeBack, restore, moveBack] as ((context: DecisionContext) => Decision<unknown>)[],
      {
        atomic: true,
        stepwise: true,
        dryRun: false,
        conclude,
      },
    ),
  );
}

/** The writes that make records refer to another customer, those that still refer to the first. */
function moves(
  context: DecisionContext,
  actor: Actor,
  customers: readonly string[],
  users: readonly string[],
  from: string,
  to: string,
  action: "merge" | "unmerge",
): Write[] {
  const faults: Fault[] = [];
  const writes: Write[] = [];
  const edits = (field: FieldName): Edit[] => [{ field, op: "set", value: to, at: "/where" }];
  for (const before of context.view.findAll("customer", customers)) {
    if (before.parent !== from || before.deletedAt !== null) continue;
    const edited = customerRules.update(before, { edits: edits("parent"), faults: [] }, context);
    faults.push(...named(edited, "customer", before.id));
    writes.push({ type: "customer", before, record: edited.next, action, changes: edited.changes });
  }
  if (users.length > 0) authorize(actor, "users:write");
  const ofUsers = decisionContext("user", context.view, actor, context.now);
  for (const before of context.view.findAll("user", users)) {
    if (before.customer !== from || before.deletedAt !== null) continue;
    const edited = userRules.update(before, { edits: edits("customer"), faults: [] }, ofUsers);
    faults.push(...named(edited, "user", before.id));
    writes.push({ type: "user", before, record: edited.next, action, changes: edited.changes });
  }
  if (faults.length > 0) throw refusal(faults);
  return writes;
}

/** Faults of a record that the request does not name, with its id. */
const named = ({ faults }: Edited<unknown>, type: string, id: string): Fault[] =>
  faults.map((fault) => ({ ...fault, message: `the ${type} ${id}: ${fault.message}` }));

const find = ({ view }: DecisionContext, where: Alternatives): StoredCustomer | undefined =>
  firstOf(where, ({ field, value }) => view.find("customer", field, value));

function live(context: DecisionContext, where: Alternatives, at = "/where"): StoredCustomer {
  const found = find(context, where);
  if (!found) throw refusal([{ pointer: at, code: "not_found", message: "names no customer" }]);
  if (found.deletedAt !== null) throw deleted("customer", found);
  return found;
}

/** The decision to write a customer as a rule leaves it. @throws the refusal of the rule */
function written(
  before: StoredCustomer,
  outcome: RuleOutcome<StoredCustomer> | RosterError,
  action: Action,
  details?: MergeDetails,
): Decision<undefined> {
  const { next: record, changes } = accepted(outcome);
  const write: Write = { type: "customer", before, record, action, changes, ...(details && { details }) };
  return { writes: changes.length > 0 ? [write] : [], reply: undefined };
}

/** The reply of the last part. @throws the refusal of the first that was refused */
function lastOf(outcomes: readonly Outcome<unknown>[]): unknown {
  for (const outcome of outcomes) if ("error" in outcome) throw outcome.error;
  const last = outcomes.at(-1);
  return last && "reply" in last ? last.reply : undefined;
}
