import {
  maxFaults,
  openChangeSet,
  openedBy,
  refusal,
  requireOpen,
  RosterError,
  type Actor,
  type Change,
  type Fault,
  type ItemError,
  type ManyItem,
  type ManyResult,
  type ParsedMany,
  type StoredChangeSet,
  type UpdateResult,
  type WrittenItem,
  type WrittenResult,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import type { PartOutcome } from "../store/commit/command.ts";
import type { View } from "../store/commit/state.ts";

/**
 * The change set of a bulk request: the open one that it names, or a new one, which is stored with the first
 * change.
 *
 * @returns also the wants of `begin`, which checks that the set takes changes
 */
export function changeSetOf(
  actor: Actor,
  { reason = null, changeSet: id }: Pick<ParsedMany<unknown>, "changeSet"> & { reason?: string | null },
  now: string,
) {
  if (id === undefined) {
    const times = { openedAt: now, closedAt: now };
    const fresh = openChangeSet({ id: uuid(), kind: "bulk", ...openedBy(actor), reason, ...times });
    return { changeSet: { id: fresh.id, fresh }, wants: [] };
  }
  return {
    changeSet: { id },
    wants: [{ kind: "changeSet", id }] as const,
    begin(view: View) {
      requireOpen(view.changeSet(id));
      return {};
    },
  };
}

/** The result of one part of `updateMany`. */
export type UpdatedPart = UpdateResult & { id: string };

/** The answer to `updateMany`. An atomic request with a refused item is refused as a whole. */
export const concludeUpdated =
  ({ atomic, dryRun }: ParsedMany<unknown>) =>
  (outcomes: readonly PartOutcome<UpdatedPart>[], set: StoredChangeSet | undefined): ManyResult => {
    const current = currentVersions();
    const items = shortened(
      outcomes.map((outcome, index): ManyItem => {
        if ("error" in outcome) return { index, error: outcome.error.toBody() };
        const { id, version, applied, changes } = outcome.reply;
        if (!dryRun) return { index, id, version, applied, changes };
        return { index, id, version: current(id, applied ? version - 1 : version), applied: false, changes };
      }),
    );
    if (atomic) refuseAny(items);
    const applied = items.filter((item) => item.error === undefined && item.applied).length;
    return { items, applied, changeSet: set?.id ?? null };
  };

/** The result of one part of `createMany` or `upsertMany`. */
export interface WrittenPart {
  outcome: "created" | "updated" | "unchanged";
  id: string;
  version: number;
  changes: Change[];
}

/** The answer to `createMany` or `upsertMany`. An atomic request with a refused item is refused as a whole. */
export const concludeWritten =
  ({ atomic, dryRun }: ParsedMany<unknown>) =>
  (outcomes: readonly PartOutcome<WrittenPart>[], set: StoredChangeSet | undefined): WrittenResult => {
    const current = currentVersions();
    const counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };
    const items = shortened(
      outcomes.map((one, index): WrittenItem => {
        if ("error" in one) return { index, outcome: "refused", error: one.error.toBody() };
        const { outcome, id, version, changes } = one.reply;
        if (!dryRun) return { index, outcome, id, version };
        if (outcome === "created") return { index, outcome, id: null, version: current(id, 0) };
        const now = current(id, outcome === "updated" ? version - 1 : version);
        // An earlier item would create the record, with another id.
        return { index, outcome, id: now === 0 ? null : id, version: now, changes };
      }),
    );
    for (const { outcome } of items) counts[outcome]++;
    if (atomic) refuseAny(items);
    return { items, ...counts, changeSet: set?.id ?? null };
  };

/** The versions of records in a dry run: the stored version, which the first item of each record has. */
function currentVersions(): (id: string, first: number) => number {
  const versions = new Map<string, number>();
  return (id, first) => {
    const known = versions.get(id) ?? first;
    versions.set(id, known);
    return known;
  };
}

/** @throws RosterError with the faults of all refused items and the error of each, if there are any */
function refuseAny(all: readonly (ManyItem | WrittenItem)[]): void {
  const items = all.filter((item): item is ItemError & typeof item => item.error !== undefined);
  if (items.length === 0) return;
  const codes = new Set(items.map(({ error }) => error.code));
  const faults = items.flatMap(({ error }): Fault[] => error.faults ?? []);
  const [only] = codes;
  const message = `${items.length === 1 ? "an item was" : `${items.length} items were`} refused, so nothing was changed`;
  const code = codes.size === 1 && only ? only : faults.length > 0 ? refusal(faults).code : "CONFLICT";
  throw new RosterError(code, message, {
    ...(faults.length > 0 && { faults }),
    items: items.map(({ index, error }) => ({ index, error })),
  });
}

/** Limits the faults of all items together to the maximum of one refusal. Every error keeps its message. */
function shortened<Item extends ManyItem | WrittenItem>(items: readonly Item[]): Item[] {
  let left = maxFaults;
  return items.map((item) => {
    if (!item.error?.faults) return item;
    const { faults, ...rest } = item.error;
    const listed = faults.slice(0, left);
    left -= listed.length;
    return { ...item, error: listed.length > 0 ? { ...rest, faults: listed } : rest };
  });
}
