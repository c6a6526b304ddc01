import {
  customerRules,
  decideUndo,
  openChangeSet,
  openedBy,
  refusal,
  RosterError,
  userGroupRules,
  userRules,
  type Actor,
  type LoggedChange,
  type ChangeSetJson,
  type ChangeSetType,
  type RecordRules,
  type StoredChangeSet,
  type StoredRecords,
  type UndoneItem,
  type UndoResult,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { runSeries, type Store } from "../record/command.ts";
import { cursors, positions } from "../record/cursor.ts";
import { decisionContext } from "../record/decision-context.ts";
import type { DecisionContext } from "../record/noun.ts";
import type { Decision, PartOutcome, Write } from "../store/commit/command.ts";
import type { View } from "../store/commit/state.ts";
import type { SetStep, Want } from "../store/database.ts";
import { authorizeAny, authorizeFor, missing, shown } from "../record/change-set-access.ts";

export interface UndoRequest {
  id: string;
  reason?: string | undefined;
  dryRun: boolean;
  /** Where a dry run goes on. */
  cursor?: string | undefined;
}

/** More later changes of a record than an undo looks at; with more, the record is left. */
const maxSince = 1_000;

/** How often a step is prepared again because the set or its undo went on meanwhile. */
const maxRounds = 20;

const rulesOf: Record<ChangeSetType, RecordRules<StoredRecords[ChangeSetType], DecisionContext>> = {
  customer: customerRules,
  user: userRules,
  userGroup: userGroupRules,
};

/** Thrown when a step was prepared on a state of the set that is past. */
class Moved extends RosterError {
  constructor() {
    super("CONFLICT", "the undo of the change set went on meanwhile; try again");
  }
}

/** A step as it is prepared outside the transaction. */
interface Prepared {
  set: StoredChangeSet;
  /** The undo of the set that has begun and not ended. */
  begun: StoredChangeSet | undefined;
  step: SetStep;
}

/**
 * Makes the next step of the undo of a change set, newest changes first. The undo is a change set itself. It
 * begins with the first step, which closes the set, and keeps its position; whoever requests it again
 * continues it.
 *
 * A dry run shows earlier values without a trace, so it also needs the scopes to read.
 * @throws RosterError NOT_FOUND, or FORBIDDEN without the scopes of all records that the set has changed
 */
export async function undo(
  store: Store,
  actor: Actor,
  request: UndoRequest,
): Promise<UndoResult<ChangeSetJson>> {
  if (!request.dryRun && request.cursor !== undefined) {
    const message = "is for dry runs only; an undo goes on where it was";
    throw refusal([{ pointer: "/cursor", code: "ambiguous", message }]);
  }
  for (let round = 1; ; round++) {
    try {
      return await undoOnce(store, actor, request);
    } catch (error) {
      if (!(error instanceof Moved) || round === maxRounds) throw error;
    }
  }
}

async function undoOnce(
  store: Store,
  actor: Actor,
  request: UndoRequest,
): Promise<UndoResult<ChangeSetJson>> {
  const { dryRun } = request;
  authorizeAny(actor, "write");
  const reader = store.database.tenant(actor.tenant.number);
  const set = await reader.changeSet(request.id);
  if (!set) throw missing();
  authorizeFor(actor, set, "write");
  if (dryRun) authorizeFor(actor, set, "read");

  const cursor = cursors([actor.tenant.number, "undo", set.id], positions.count);
  const begun = dryRun || set.undoneBy === null ? undefined : open(await reader.changeSet(set.undoneBy));
  const before = dryRun ? cursor.read(request.cursor) : begun && Number(begun.position);
  const step = await reader.changesOfSet(set, before ?? Number.MAX_SAFE_INTEGER);
  const prepared: Prepared = { set, begun, step };
  const done = isLast(prepared);
  const settled = new Map<string, number>();
  const reason = request.reason ?? begun?.reason ?? null;
  const id = begun?.id ?? uuid();
  const fresh = { id, kind: "undo", name: set.name, ...openedBy(actor), reason } as const;

  return runSeries<UndoneItem | undefined, UndoResult<ChangeSetJson>>(
    store,
    { type: "customer", actor, reason, changeSet: { id }, wants: wantsOf(prepared) },
    step.items.map((item, i) => (context) => {
      if (i === 0) context.view.require(historiesOf(context.view, prepared));
      return takeBack(context, actor, set, item, { i, dryRun, undo: id, settled });
    }),
    {
      atomic: false,
      dryRun,
      about: step.items.map(({ entry }) => entry.recordId),
      begin(view) {
        const [now, going] = requireSame(view, prepared, dryRun);
        const at = store.now();
        return {
          changeSets: [
            { ...now, closedAt: now.closedAt ?? at, undoneBy: id },
            {
              ...(going ?? openChangeSet({ ...fresh, openedAt: at, undoes: set.id })),
              ...(done ? { closedAt: at, position: null } : { position: String(step.seq) }),
            },
          ],
        };
      },
      conclude: (outcomes, after) => ({
        changeSet: after ? shown(after) : null,
        items: outcomes.flatMap((outcome, i) => itemsOf(outcome, step.items[i]?.entry as LoggedChange)),
        progress: progressOf(prepared),
        done,
        cursor: dryRun && !done ? cursor.write(step.seq) : null,
      }),
    },
  );
}

const open = (set: StoredChangeSet | undefined): StoredChangeSet | undefined =>
  set?.closedAt === null ? set : undefined;

/** Whether a step reaches the first change of the set. */
const isLast = ({ set: { firstSeq }, step }: Prepared): boolean => firstSeq === null || step.seq <= firstSeq;

function progressOf({ set: { firstSeq, lastSeq }, step }: Prepared): { done: number; total: number } {
  if (firstSeq === null || lastSeq === null) return { done: 0, total: 0 };
  return { done: lastSeq - step.seq + 1, total: lastSeq - firstSeq + 1 };
}

/** Whether a change is the only one of the set that its record has. */
const isOnly = ({ firstSeq }: StoredChangeSet, { prevSeq }: SetStep["items"][number]): boolean =>
  prevSeq === null || firstSeq === null || prevSeq < firstSeq;

const historyOf = ({ firstSeq }: StoredChangeSet, { recordType: type, recordId: id }: LoggedChange) => ({
  type,
  id,
  seq: firstSeq ?? 0,
  limit: maxSince,
});

const wantsOf = ({ set, begun, step }: Prepared): Want[] => [
  { kind: "changeSet", id: set.id },
  ...(begun ? [{ kind: "changeSet", id: begun.id } as const] : []),
  ...step.items.flatMap((item): Want[] => {
    const { recordType: type, recordId: id } = item.entry;
    return [
      { kind: "record", type, field: "id", value: id },
      // The deletion of a customer needs the levels of its children.
      ...(type === "customer" ? [{ kind: "childLevels", id } as const] : []),
    ];
  }),
];

/** The histories of the records of a step that have more changes than the one of the step. */
const historiesOf = (view: View, { set, step }: Prepared): Want[] =>
  step.items
    .filter((item) => !isLatest(view, set, item))
    .map(({ entry }) => ({ kind: "entriesFrom", ...historyOf(set, entry) }) as const);

/** Whether a record has had no other change since the set's first. */
const isLatest = (view: View, set: StoredChangeSet, item: SetStep["items"][number]): boolean => {
  const { recordType, recordId, version } = item.entry;
  return isOnly(set, item) && view.find(recordType, "id", recordId)?.version === version;
};

/**
 * The set and its undo.
 * @throws Moved unless they are where they were when the step was prepared
 */
function requireSame(
  view: View,
  { set, begun }: Prepared,
  dryRun: boolean,
): [set: StoredChangeSet, begun: StoredChangeSet | undefined] {
  const now = view.changeSet(set.id);
  if (now?.lastSeq !== set.lastSeq || now.closedAt !== set.closedAt) throw new Moved();
  if (dryRun) return [now, undefined];
  if (now.undoneBy !== set.undoneBy) throw new Moved();
  const going = now.undoneBy === null ? undefined : open(view.changeSet(now.undoneBy));
  if (going?.id !== begun?.id || going?.position !== begun?.position) throw new Moved();
  return [now, going];
}

/**
 * Takes back what a set did to the record of one of its changes: with this change also the earlier ones or, if
 * a rule forbids that before other records are undone, this change alone. The set's first change of the record
 * is the last chance, so only there the record is reported as left.
 *
 * @param settled the records of this step for which nothing is left to do, by the part that did the last of it
 * @returns a decision without a reply if there is nothing to report
 */
function takeBack(
  { view, now }: DecisionContext,
  actor: Actor,
  set: StoredChangeSet,
  item: SetStep["items"][number],
  {
    i,
    dryRun,
    undo: own,
    settled,
  }: { i: number; dryRun: boolean; undo: string; settled: Map<string, number> },
): Decision<UndoneItem | undefined> {
  const nothing = { writes: [], reply: undefined, about: [] };
  const { entry } = item;
  const { recordId: id } = entry;
  // A decision may run more than once, so what this part did itself does not count.
  if ((settled.get(id) ?? i) < i) return nothing;
  settled.delete(id);
  const recordType = entry.recordType as ChangeSetType;
  const current = view.find(recordType, "id", id) as StoredRecords[ChangeSetType];
  const found = isLatest(view, set, item) ? [entry] : view.entriesFrom(historyOf(set, entry)).toReversed();
  const isOwn = ({ changeSet }: LoggedChange) => comesFrom(view, changeSet, set.id);
  const since = found.slice(found.findIndex(isOwn));
  const at = since.findIndex(({ seq }) => seq === entry.seq);
  if (found.length === maxSince) {
    const message = `the record has been changed more than ${maxSince} times since, so it was left as it is`;
    throw new RosterError("STALE_VERSION", message);
  }
  const context = decisionContext(recordType, view, actor, now);
  const decide = (entries: readonly LoggedChange[]): Write[] | RosterError => {
    const steps = decideUndo(rulesOf[recordType], current, entries, isOwn, context);
    return steps instanceof RosterError ? steps : steps.map((step) => ({ type: recordType, ...step }));
  };

  let writes = decide(since);
  if (!(writes instanceof RosterError)) settled.set(id, i);
  else if (at === 0) throw writes;
  // If changes of others are in the way (STALE_VERSION), the record stays as it is, as a whole.
  else if (writes.code !== "STALE_VERSION") writes = decide(since.slice(at));
  if (writes instanceof RosterError) return nothing;
  const isReported = since.some(({ changeSet }) => changeSet === own);
  if (writes.length === 0 && (isReported || at > 0)) return nothing;
  const version = dryRun ? current.version : (writes.at(-1)?.record.version ?? current.version);
  const changes = writes.flatMap((write) => write.changes);
  const reply = { recordType, id, outcome: outcomeOf(writes), version, ...(dryRun && { changes }) };
  return { writes, reply, about: [] };
}

/** Whether a change belongs to a set, to an undo of it, to an undo of such an undo, and so on. */
function comesFrom(view: View, changeSet: string | undefined, origin: string): boolean {
  for (let id: string | null = changeSet ?? null; id !== null; id = view.changeSet(id)?.undoes ?? null)
    if (id === origin) return true;
  return false;
}

function outcomeOf(writes: readonly Write[]): Exclude<UndoneItem["outcome"], "left"> {
  const actions = new Set(writes.map(({ action }) => action));
  if (actions.has("delete")) return "deleted";
  if (actions.has("restore")) return "restored";
  return actions.size > 0 ? "updated" : "unchanged";
}

/** The result for one record; none if another change has dealt with it. */
function itemsOf(outcome: PartOutcome<UndoneItem | undefined>, entry: LoggedChange): UndoneItem[] {
  if (!("error" in outcome)) return outcome.reply ? [outcome.reply] : [];
  const recordType = entry.recordType as ChangeSetType;
  return [{ recordType, id: entry.recordId, outcome: "left", error: outcome.error.toBody() }];
}
