import { hash } from "node:crypto";
import {
  authorize,
  openChangeSet,
  openedBy,
  refusal,
  requireOpen,
  RosterError,
  type Actor,
  type ChangedItem,
  type ChangedWhere,
  type ChangeSetJson,
  type Decided,
  type ParsedCreate,
  type ParsedFind,
  type RecordType,
  type StoredChangeSet,
  type StoredRecords,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { authorizeReading, missing, shown } from "./change-set-access.ts";
import type { Decision, PartOutcome, Write } from "../store/commit/command.ts";
import { accepted, run, runSeries, type Store } from "./command.ts";
import type { DecisionContext } from "./noun.ts";
import type { RecordList } from "./record-list.ts";

/** A change of all records that match, parsed. */
export interface ParsedWhere extends ParsedCreate {
  find: ParsedFind;
  name?: string | undefined;
  reason?: string | undefined;
  dryRun: boolean;
  resume?: string | undefined;
}

/** A change of all matching records: the records, and the decision that is made for each. */
export interface Change<T extends RecordType> {
  type: T;
  action: "update" | "delete";
  /** Deletions go against the order of creation, since children are usually created after their parents. */
  order: "asc" | "desc";
  records: Pick<RecordList<T, unknown>, "matching">;
  decide(record: StoredRecords[T], context: DecisionContext): Decided<StoredRecords[T]> | RosterError;
}

/** The records that one step changes, the samples of a dry run, and the refused records that an answer lists. */
const sizes = { step: 500, samples: 10, refused: 1_000 } as const;

/** The time after which an answer reports that the change is not done yet, in milliseconds. */
const longest = 5_000;

/** Where a change goes on, and what it is a change of. */
interface Position {
  /** The digest of the filter and the edits: a change can only be continued with the same ones. */
  of: string;
  cursor: string | null;
}

/**
 * Changes all records that match, in steps, as one change set: each step is one commit, which also keeps the
 * position. A request that is repeated with its idempotency key, or with `resume`, continues from there.
 * Records that are created after the beginning are left alone.
 *
 * @throws RosterError FORBIDDEN without the scope to read, because the answer says which records match
 */
export async function changeWhere<T extends "customer" | "user">(
  store: Store,
  actor: Actor,
  change: Change<T>,
  request: ParsedWhere,
): Promise<ChangedWhere<ChangeSetJson>> {
  const { find, faults, dryRun } = request;
  authorize(actor, `${change.type}s:write`);
  authorize(actor, `${change.type}s:read`);
  if (faults.length > 0) throw refusal(faults);
  if (dryRun) return sample(store, actor, change, find);

  const begun = performance.now();
  let set = await begin(store, actor, change, request);
  const wasDone = set.closedAt !== null;
  const items: ChangedItem[] = [];
  while (set.closedAt === null && performance.now() - begun < longest && items.length < sizes.refused)
    set = await step(store, actor, change, request, set, items);
  const done = set.closedAt !== null;
  return { changeSet: shown(set), matched: null, items, done, ...(wasDone && { replayed: true }) };
}

/** The change set of a request: that which it continues, or a new one. */
async function begin<T extends "customer" | "user">(
  store: Store,
  actor: Actor,
  { type, action }: Change<T>,
  { find, edits, name, reason, resume }: ParsedWhere,
): Promise<StoredChangeSet> {
  const asked = [type, action, find.filter, find.search, edits.map(({ at: _, ...edit }) => edit)];
  const of = hash("sha256", JSON.stringify(asked), "base64url");
  let id = resume;
  if (id === undefined) {
    const fresh = uuid();
    // A repetition with the idempotency key gets the id of the first.
    const opened = await run(store, { type, actor, wants: [] }, ({ now }) => {
      const position = JSON.stringify({ of, cursor: null } satisfies Position);
      const given = { id: fresh, kind: "bulk", openedAt: now, position } as const;
      const set = openChangeSet({ ...given, ...openedBy(actor), name: name ?? null, reason: reason ?? null });
      return { writes: [], reply: { id: fresh }, about: [], changeSets: [set] };
    });
    ({ id } = opened);
  }
  const set = await store.database.tenant(actor.tenant.number).changeSet(id);
  if (!set) throw missing();
  authorizeReading(actor, set);
  const isOther = set.kind !== "bulk" || (set.closedAt === null && positionOf(set)?.of !== of);
  if (resume !== undefined && isOther) {
    const message = "is the change set of another request";
    throw refusal([{ pointer: "/resume", code: "ambiguous", message }]);
  }
  return set;
}

const positionOf = ({ position }: StoredChangeSet): Position | undefined =>
  position === null ? undefined : (JSON.parse(position) as Position);

/** Makes one step. @returns the change set afterwards */
async function step<T extends "customer" | "user">(
  store: Store,
  actor: Actor,
  change: Change<T>,
  { find, reason }: ParsedWhere,
  set: StoredChangeSet,
  items: ChangedItem[],
): Promise<StoredChangeSet> {
  const { type, records, order } = change;
  const at = positionOf(set) as Position;
  const found = await records.matching(actor, find, order, at.cursor ?? undefined, sizes.step);
  const { ids, next } = found;
  try {
    return await runSeries<ChangedItem | undefined, StoredChangeSet>(
      store,
      {
        type,
        // The key belongs to the whole change, not to a step.
        actor: { ...actor, idempotency: undefined },
        reason: reason ?? set.reason,
        changeSet: { id: set.id },
        wants: [
          { kind: "changeSet", id: set.id },
          ...ids.map((id) => ({ kind: "record", type, field: "id", value: id }) as const),
        ],
      },
      ids.map((id) => (context) => changeOne(context, change, id, set.openedAt, found.fits)),
      {
        atomic: false,
        dryRun: false,
        begin(view) {
          const now = requireOpen(view.changeSet(set.id));
          if (now.position !== set.position)
            throw new RosterError("CONFLICT", "another request went on with the change");
          const position = next === null ? null : JSON.stringify({ ...at, cursor: next } satisfies Position);
          return { changeSets: [{ ...now, position, closedAt: next === null ? store.now() : null }] };
        },
        conclude(outcomes, after) {
          for (const [i, outcome] of outcomes.entries())
            if ("error" in outcome) items.push(refusedItem(ids[i] as string, outcome));
          return after as StoredChangeSet;
        },
      },
    );
  } catch (error) {
    const now = await store.database.tenant(actor.tenant.number).changeSet(set.id);
    // Another request has made this step.
    if (now && now.position !== set.position && error instanceof RosterError) return now;
    throw error;
  }
}

/** Changes one record, if it still matches. */
function changeOne<T extends "customer" | "user">(
  context: DecisionContext,
  { type, action, decide }: Change<T>,
  id: string,
  openedAt: string | undefined,
  fits: (record: StoredRecords[T]) => boolean,
): Decision<ChangedItem | undefined> {
  const before = context.view.find(type, "id", id);
  if (!before || !fits(before) || (openedAt !== undefined && before.createdAt > openedAt))
    return { writes: [], reply: undefined, about: [] };
  const { record, changes, applied } = accepted(decide(before, context));
  const writes: Write[] = applied ? [{ type, before, record, action, changes }] : [];
  const outcome = !applied ? "unchanged" : action === "delete" ? "deleted" : "updated";
  return { writes, reply: { id, outcome, version: before.version, changes }, about: [] };
}

const refusedItem = (id: string, { error }: PartOutcome<unknown> & { error: RosterError }): ChangedItem => ({
  id,
  outcome: "refused",
  error: error.toBody(),
});

/** Counts the matching records, and returns the changes that the request would make to the first ones. */
async function sample<T extends "customer" | "user">(
  store: Store,
  actor: Actor,
  change: Change<T>,
  find: ParsedFind,
): Promise<ChangedWhere<ChangeSetJson>> {
  const { type, records, order } = change;
  const { ids, fits, count } = await records.matching(actor, find, order, undefined, sizes.samples);
  const wants = ids.map((id) => ({ kind: "record", type, field: "id", value: id }) as const);
  const items = await runSeries<ChangedItem | undefined, ChangedItem[]>(
    store,
    { type, actor, wants },
    ids.map((id) => (context) => changeOne(context, change, id, undefined, fits)),
    {
      atomic: false,
      dryRun: true,
      conclude: (outcomes) =>
        outcomes.flatMap((outcome, i) =>
          "error" in outcome ? [refusedItem(ids[i] as string, outcome)] : (outcome.reply ?? []),
        ),
    },
  );
  return { changeSet: null, matched: await count(), items, done: true };
}
