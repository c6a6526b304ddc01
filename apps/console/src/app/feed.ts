import { isDenied } from "@roster/client";
import type { ChangeEntry } from "@roster/domain";
import { useEffect, useEffectEvent } from "react";
import { client } from "./api.ts";

/**
 * One connection to the change feed for all pages. The client resumes it by itself; only a refusal, or a
 * server that was never reached, ends it.
 */
const listeners = new Set<(change: ChangeEntry) => void>();
/** The position of the feed, from which it goes on. */
let seq: number | undefined;

/** The milliseconds after which a feed that ended is opened again. */
const pause = 5_000;

/** Follows the changes until the signal ends it. */
export async function followFeed(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const changes = client.change.watch(seq === undefined ? {} : { after: seq }, { signal });
    try {
      for await (const change of changes) {
        ({ seq } = changes);
        for (const listener of listeners) listener(change);
      }
      return;
    } catch (error) {
      // The sign-in over the page begins the feed anew.
      if (isDenied(error)) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Calls a function with each change that the reader may see, as it happens. */
export function useFeed(onChange: (change: ChangeEntry) => void): void {
  const called = useEffectEvent(onChange);
  useEffect(() => {
    const listener = (change: ChangeEntry) => called(change);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
}
