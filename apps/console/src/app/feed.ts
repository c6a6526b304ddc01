import { isDenied } from "@roster/client";
import type { ChangeEntry } from "@roster/domain";
import { useEffect, useEffectEvent } from "react";
import { client } from "./api.ts";
import { createStore, useStore } from "./store.ts";

/**
 * One connection to the change feed for all pages. The client resumes it by itself; only a refusal, or a
 * server that was never reached, ends it.
 */
const listeners = new Set<(change: ChangeEntry) => void>();
const live = createStore(true);

/** Milliseconds after which a feed that ended is asked for again. */
const pause = 5_000;

/** Follows the changes until the signal ends it. */
export async function followFeed(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      live.set(true);
      for await (const change of client.change.watch({}, { signal }))
        for (const listener of listeners) listener(change);
      return;
    } catch (error) {
      // The sign-in over the page begins the feed anew.
      if (isDenied(error)) return;
      live.set(false);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Whether changes by others arrive. */
export const useLive = (): boolean => useStore(live);

/** Calls a function with each change that the reader may see, as it happens. */
export function useFeed(onChange: (change: ChangeEntry) => void): void {
  const called = useEffectEvent(onChange);
  useEffect(() => {
    const listener = (change: ChangeEntry) => called(change);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
}
