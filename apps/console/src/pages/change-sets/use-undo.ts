import type { UndoneItem } from "@roster/domain";
import { useEffect, useRef, useState } from "react";
import { client, queryClient } from "../../app/api.ts";
import type { Counts } from "../../ui/figures.tsx";

/** The most records that are kept to be shown of those that were left as they are. */
const mostLeft = 500;

export interface Undoing {
  state: "running" | "stopped" | "done" | "failed";
  /** How much is dealt with, from 0 to 1. */
  share: number;
  counts: Counts;
  left: UndoneItem[];
  /** The change set of the undo; null until its first step is stored. */
  undoId: string | null;
  error?: unknown;
}

const begin: Undoing = { state: "running", share: 0, counts: {}, left: [], undoId: null };

/** Takes a change set back, step by step, so that it can be watched and stopped. */
export function useUndo(id: string) {
  const [undoing, setUndoing] = useState<Undoing>();
  const stop = useRef(false);
  useEffect(
    () => () => {
      stop.current = true;
    },
    [id],
  );

  const start = async (reason: string | undefined) => {
    stop.current = false;
    setUndoing((before) => ({ ...(before ?? begin), state: "running", error: undefined }));
    try {
      for (let done = false; !done;) {
        if (stop.current) {
          setUndoing((before) => before && { ...before, state: "stopped" });
          return;
        }
        // oxlint-disable-next-line no-await-in-loop -- each step leads to the next
        const step = await client.changeSet.undo.mutate({ where: { id }, ...(reason && { reason }) });
        done = step.done;
        setUndoing((before = begin) => added(before, step));
      }
    } catch (error) {
      setUndoing((before = begin) => ({ ...before, state: "failed", error }));
    } finally {
      // Records, lists and counts may all be others now.
      void queryClient.invalidateQueries();
    }
  };
  return { undoing, start, stop: () => (stop.current = true), forget: () => setUndoing(undefined) };
}

function added(before: Undoing, step: Awaited<ReturnType<typeof client.changeSet.undo.mutate>>): Undoing {
  const counts = { ...before.counts };
  for (const { outcome } of step.items) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const { done, total } = step.progress;
  return {
    state: step.done ? "done" : "running",
    share: total === 0 ? 1 : done / total,
    counts,
    left: [...before.left, ...step.items.filter(({ outcome }) => outcome === "left")].slice(0, mostLeft),
    undoId: step.changeSet?.id ?? before.undoId,
  };
}
