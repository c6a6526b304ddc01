import {
  maxFaults,
  refusal,
  RosterError,
  type Fault,
  type ItemError,
  type ManyItem,
  type ManyResult,
  type UpdateResult,
} from "@roster/domain";
import type { PartOutcome } from "../store/commit/command.ts";

/**
 * The answer to a bulk update. If an atomic one has a refused item, the whole is refused, with the faults of
 * all items and the error of each.
 */
export const concludeMany =
  (atomic: boolean, dryRun: boolean) =>
  (outcomes: readonly PartOutcome<UpdateResult & { id: string }>[]): ManyResult => {
    const versions = new Map<string, number>();
    const all = outcomes.map((outcome, index): ManyItem => {
      if ("error" in outcome) return { index, error: outcome.error.toBody() };
      const { id, version, applied, changes } = outcome.reply;
      if (!dryRun) return { index, id, version, applied, changes };
      // The record's actual version, not what it would become.
      if (!versions.has(id)) versions.set(id, applied ? version - 1 : version);
      return { index, id, version: versions.get(id) as number, applied: false, changes };
    });
    const items = shortened(all);
    const errors = items.filter((item): item is ItemError => item.error !== undefined);
    if (atomic && errors.length > 0) throw refused(errors);
    return { items, applied: items.filter((item) => item.error === undefined && item.applied).length };
  };

function refused(items: ItemError[]): RosterError {
  const codes = new Set(items.map(({ error }) => error.code));
  const faults = items.flatMap(({ error }): Fault[] => error.faults ?? []);
  const [only] = codes;
  const message = `${items.length === 1 ? "an item was" : `${items.length} items were`} refused, so nothing was changed`;
  const code = codes.size === 1 && only ? only : faults.length > 0 ? refusal(faults).code : "CONFLICT";
  return new RosterError(code, message, { ...(faults.length > 0 && { faults }), items });
}

/** Limits the faults of all items together to the maximum of one refusal. Every error keeps its message. */
function shortened(items: readonly ManyItem[]): ManyItem[] {
  let left = maxFaults;
  return items.map((item) => {
    if (!item.error?.faults) return item;
    const { faults, ...rest } = item.error;
    const listed = faults.slice(0, left);
    left -= listed.length;
    return { ...item, error: listed.length > 0 ? { ...rest, faults: listed } : rest };
  });
}
