import type { ChangedItem, ChangeSet, Count, ErrorBody } from "@roster/domain";
import { client } from "../../app/api.ts";
import type { ChangedRecord } from "../../changes/changed-records.tsx";
import type { Edits, Kind } from "../kind.ts";

/** The records of a bulk edit: those that are selected, or all that match. */
export type Target = { ids: readonly string[] } | { filter?: Record<string, unknown>; search?: string };

export interface Planned {
  /** How many records there are. */
  count: Count;
  /** The expected changes of the first ones. */
  records: ChangedRecord[];
}

export interface Done {
  updated: number;
  refused: ChangedRecord[];
  refusedCount: number;
  changeSet: string | null;
}

/** The calls of both kinds of record, whose inputs differ only in the names of fields. */
interface BulkCalls {
  updateMany: {
    mutate(input: {
      items: ({ where: { id: string }; reason?: string } & Edits)[];
      mode: "independent";
      dryRun?: boolean;
      changeSet?: string;
    }): Promise<{
      items: ({ index: number; id: string; applied: boolean; changes: ChangedRecord["changes"] } | Refused)[];
      applied: number;
      changeSet: string | null;
    }>;
  };
  updateWhere: {
    mutate(
      input: { filter: object; search?: string; reason?: string; dryRun?: boolean; resume?: string } & Edits,
    ): Promise<{
      changeSet: ChangeSet | null;
      matched: Count | null;
      items: ChangedItem[];
      done: boolean;
    }>;
  };
}
interface Refused {
  index: number;
  error: ErrorBody;
}

const callsOf = (kind: Kind) => client[kind.name] as unknown as BulkCalls;
/** The most records of one request, and of a preview. */
const [step, previewed] = [500, 10] as const;

const faultText = ({ message, faults = [] }: ErrorBody): string =>
  faults.length > 0 ? faults.map((fault) => fault.message).join("; ") : message;

const refused = (kind: Kind, id: string, error: ErrorBody): ChangedRecord => ({
  recordType: kind.name,
  id,
  outcome: "refused",
  problem: faultText(error),
});

/** All live records meet this; a change of all that match must have a condition. */
const conditions = (target: Exclude<Target, { ids: readonly string[] }>) => ({
  filter: target.filter ?? { deleted: false },
  ...(target.search !== undefined && { search: target.search }),
});

/** Says what an edit would do. */
export async function planBulk(kind: Kind, target: Target, edits: Edits): Promise<Planned> {
  const calls = callsOf(kind);
  if ("ids" in target) {
    const ids = target.ids.slice(0, previewed);
    const { items } = await calls.updateMany.mutate({
      items: ids.map((id) => ({ where: { id }, ...edits })),
      mode: "independent",
      dryRun: true,
    });
    return {
      count: { count: target.ids.length, exact: true },
      records: items.map((item): ChangedRecord => {
        const id = ids[item.index] as string;
        if ("error" in item && item.error !== undefined) return refused(kind, id, item.error);
        const { changes = [] } = item as { changes?: ChangedRecord["changes"] };
        return { recordType: kind.name, id, outcome: changes.length > 0 ? "updated" : "unchanged", changes };
      }),
    };
  }
  const { matched, items } = await calls.updateWhere.mutate({
    ...conditions(target),
    ...edits,
    dryRun: true,
  });
  return { count: matched ?? { count: 0, exact: true }, records: items.map((item) => shown(kind, item)) };
}

const shown = (kind: Kind, item: ChangedItem): ChangedRecord =>
  item.outcome === "refused"
    ? refused(kind, item.id, item.error)
    : { recordType: kind.name, id: item.id, outcome: item.outcome, changes: item.changes };

/** Makes an edit, step by step, as one change set. @param tell receives the number of done records */
export async function runBulk(
  kind: Kind,
  target: Target,
  edits: Edits,
  { reason, name, tell }: { reason: string | undefined; name: string; tell(done: number): void },
): Promise<Done> {
  const calls = callsOf(kind);
  const why = reason === undefined || reason === "" ? {} : { reason };
  if (!("ids" in target)) {
    let resume: string | undefined;
    const left: ChangedRecord[] = [];
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each step leads to the next
      const answer = await calls.updateWhere.mutate({
        ...conditions(target),
        ...edits,
        ...why,
        ...(resume !== undefined && { resume }),
      });
      left.push(
        ...answer.items.map((item) => shown(kind, item)).filter(({ outcome }) => outcome === "refused"),
      );
      const { updated = 0, refused: refusedCount = 0, id = null } = answer.changeSet ?? {};
      tell(updated + refusedCount);
      if (answer.done) return { updated, refused: left, refusedCount, changeSet: id };
      resume = id ?? undefined;
    }
  }
  const set = await client.changeSet.open.mutate({ name, kind: "bulk", ...why });
  const result: Done = { updated: 0, refused: [], refusedCount: 0, changeSet: set.id };
  try {
    for (let from = 0; from < target.ids.length; from += step) {
      const ids = target.ids.slice(from, from + step);
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      const { items, applied } = await calls.updateMany.mutate({
        items: ids.map((id) => ({ where: { id }, ...edits, ...why })),
        mode: "independent",
        changeSet: set.id,
      });
      result.updated += applied;
      for (const item of items)
        if ("error" in item && item.error !== undefined)
          result.refused.push(refused(kind, ids[item.index] as string, item.error));
      result.refusedCount = result.refused.length;
      tell(from + ids.length);
    }
  } finally {
    await client.changeSet.close.mutate({ where: { id: set.id } });
  }
  return result;
}
