import {
  authorize,
  bringBack,
  customerFields,
  customerRules,
  deleted,
  giveBack,
  jsonEqual,
  mergeChoices,
  mergedAway,
  mergeInto,
  notFound,
  refusal,
  userRules,
  type Actor,
  type CustomerJson,
  type Edit,
  type Edited,
  type Fault,
  type FieldName,
  type JsonObject,
  type MergeChoice,
  type MergeResult,
  type Outcome,
  type RosterError,
  type StoredCustomer,
  type UnmergeResult,
} from "@roster/domain";
import {
  accepted,
  findIn,
  idsShown,
  runSteps,
  wantsOf,
  type Alternatives,
  type Store,
} from "../record/command.ts";
import { decisionContext } from "../record/decision-context.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { RecordService } from "../record/record-service.ts";
import type { Decision, Write } from "../store/commit/command.ts";
import type { ParsedMerge } from "./merge-input.ts";

/** The maximum number of references that one merge moves. */
const maxMoved = 5_000;

interface Parts {
  store: Store;
  customer: RecordService<"customer", CustomerJson>;
}

/** The details of a merge in the log, on the row of the duplicate. */
interface MergeDetails extends JsonObject {
  into: string;
  /** The version of the survivor that the merge created; null if the survivor took nothing over. */
  version: number | null;
  customers: string[];
  users: string[];
}

/** The state that the steps of a merge pass on. */
interface Merging {
  from: StoredCustomer;
  /** The id of the survivor. */
  into: string;
  choices: MergeChoice[];
  /** The ids of the customers and the users that refer to the duplicate. */
  customers: string[];
  users: string[];
  /** The survivor as readers see it after the merge. */
  shown?: CustomerJson;
}

/**
 * Merges a duplicate into another customer, in one transaction: the duplicate is deleted and frees its
 * identifiers, the survivor takes the chosen values, and the children and users of the duplicate become the
 * survivor's. Every change must pass all rules, or nothing is merged.
 */
export async function mergeCustomers(
  { store, customer: customers }: Parts,
  actor: Actor,
  { where, into, prefer, reason, dryRun }: ParsedMerge,
): Promise<MergeResult<CustomerJson>> {
  authorize(actor, "customers:write");
  const wants = wantsOf("customer", customerFields, [...where, ...into]);
  const result = await runSteps<Merging, MergeResult<CustomerJson>>(
    store,
    { type: "customer", actor, reason, wants },
    (context) => takeAway(context, live(context, where), live(context, into, "/into"), prefer),
    [
      takeOver,
      (context, merging) => {
        const writes = moves(context, actor, merging, merging.from.id, merging.into, "merge");
        const survivor = customerOf(context, merging.into);
        const shown = customers.show(context, survivor);
        return { writes, reply: { ...merging, shown }, about: idsShown(context, survivor) };
      },
    ],
    {
      dryRun,
      conclude: ({ from, choices, customers: children, users, shown }) => ({
        customer: shown as CustomerJson,
        merged: from.id,
        choices,
        moved: { customers: children.length, users: users.length },
        applied: !dryRun,
      }),
    },
  );
  // The answer may be a replay of a request that another token made with the same key.
  if (result.moved.users > 0) authorize(actor, "users:write");
  return result;
}

/** Deletes the duplicate, and determines the values that the survivor takes over. */
function takeAway(
  context: DecisionContext,
  from: StoredCustomer,
  survivor: StoredCustomer,
  prefer: ParsedMerge["prefer"],
): Decision<Merging> {
  const { view } = context;
  if ([survivor, ...view.ancestors(survivor)].some(({ id }) => id === from.id)) {
    throw refusal([{ pointer: "/into", code: "cycle", message: "is the duplicate itself, or below it" }]);
  }
  const customers = view.referring("customer", "parent", from.id, maxMoved + 1);
  const users = view.referring("user", "customer", from.id, maxMoved + 1);
  if (customers.length + users.length > maxMoved) {
    const message = `more than ${maxMoved} records refer to the duplicate`;
    throw refusal([{ pointer: "/where", code: "too_many", message }]);
  }
  const choices = mergeChoices(survivor, from, prefer, context);
  const changed = choices.some(({ into, result }) => !jsonEqual(into, result));
  const version = changed ? survivor.version + 1 : null;
  const details = { into: survivor.id, version, customers, users };
  return {
    writes: writeOf(from, mergedAway(from, survivor.id, context), "merge", details),
    reply: { from, into: survivor.id, choices, customers, users },
    about: [from.id, survivor.id],
  };
}

/** Gives the survivor the chosen values. */
function takeOver(context: DecisionContext, merging: Merging): Decision<Merging> {
  const survivor = customerOf(context, merging.into);
  const writes = writeOf(survivor, mergeInto(survivor, merging.choices, context), "merge");
  return { writes, reply: merging, about: [] };
}

/** The state that the steps of an unmerge pass on. */
interface Unmerging {
  from: StoredCustomer;
  details: MergeDetails;
  /** The two customers as readers see them after the unmerge. */
  shown?: UnmergeResult<CustomerJson>;
}

/**
 * Undoes a merge: the survivor gives back what it took over, the duplicate is restored, and moved records
 * that are still with the survivor move back.
 *
 * @param where the duplicate, by its id or number
 * @throws RosterError STALE_VERSION if a value that the survivor took over has changed since
 */
export async function unmergeCustomers(
  { store, customer: customers }: Parts,
  actor: Actor,
  where: Alternatives,
  reason: string | undefined,
): Promise<UnmergeResult<CustomerJson>> {
  authorize(actor, "customers:write");
  const { movesUsers, ...result } = await runSteps<
    Unmerging,
    UnmergeResult<CustomerJson> & { movesUsers?: boolean }
  >(
    store,
    { type: "customer", actor, reason, wants: wantsOf("customer", customerFields, where) },
    (context) => takeBack(context, where),
    [
      (context, unmerging) => ({
        writes: writeOf(unmerging.from, bringBack(unmerging.from, context), "unmerge"),
        reply: unmerging,
        about: [],
      }),
      (context, { from, details }) => {
        const writes = moves(context, actor, details, details.into, from.id, "unmerge");
        const [survivor, restored] = [customerOf(context, details.into), customerOf(context, from.id)];
        const shown = {
          customer: customers.show(context, survivor),
          from: customers.show(context, restored),
        };
        const about = [...idsShown(context, survivor), ...idsShown(context, restored)];
        return { writes, reply: { from, details, shown }, about };
      },
    ],
    {
      dryRun: false,
      conclude: ({ shown, details }) => ({
        ...(shown as UnmergeResult<CustomerJson>),
        movesUsers: details.users.length > 0,
      }),
    },
  );
  // As for a merge.
  if (movesUsers) authorize(actor, "users:write");
  return result;
}

/** Finds the merge of a duplicate, and makes the survivor give back what it took over. */
function takeBack(context: DecisionContext, where: Alternatives): Decision<Unmerging> {
  const from = findIn(context, "customer", where);
  if (!from) throw notFound("customer");
  if (from.erasedAt !== null) throw deleted("customer", from);
  const row = context.view.entry("customer", from.id, from.version);
  if (from.mergedInto === null || row?.details === undefined) {
    throw refusal([
      { pointer: "/where", code: "not_found", message: "names no customer that was merged into another" },
    ]);
  }
  const details = row.details as MergeDetails;
  const survivor = customerOf(context, details.into);
  if (survivor.deletedAt !== null) throw deleted("customer", survivor);
  const { version } = details;
  if (version === null) return { writes: [], reply: { from, details }, about: [] };
  const merge = context.view.entry("customer", survivor.id, version);
  const later = context.view.changedSince("customer", survivor.id, version);
  const writes = writeOf(survivor, giveBack(survivor, merge, later, context), "unmerge");
  return { writes, reply: { from, details }, about: [] };
}

/** The writes that make records refer to another customer, unless they no longer refer to the first. */
function moves(
  context: DecisionContext,
  actor: Actor,
  { customers, users }: { customers: readonly string[]; users: readonly string[] },
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

/** Adds a record's id to its faults, since the request does not name it. */
const named = ({ faults }: Edited<unknown>, type: string, id: string): Fault[] =>
  faults.map((fault) => ({ ...fault, message: `the ${type} ${id}: ${fault.message}` }));

function live(context: DecisionContext, where: Alternatives, at = "/where"): StoredCustomer {
  const found = findIn(context, "customer", where);
  if (!found) throw refusal([{ pointer: at, code: "not_found", message: "names no customer" }]);
  if (found.deletedAt !== null) throw deleted("customer", found);
  return found;
}

/** The write of a customer after a rule; none if nothing changes. @throws RosterError the rule's refusal */
function writeOf(
  before: StoredCustomer,
  outcome: Outcome<StoredCustomer> | RosterError,
  action: "merge" | "unmerge",
  details?: MergeDetails,
): Write[] {
  const { next: record, changes } = accepted(outcome);
  if (changes.length === 0) return [];
  return [{ type: "customer", before, record, action, changes, ...(details && { details }) }];
}

/** A customer that is certain to exist. */
const customerOf = ({ view }: DecisionContext, id: string): StoredCustomer =>
  view.find("customer", "id", id) as StoredCustomer;
