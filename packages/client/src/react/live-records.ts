import { feedOf } from "../feed/watch.ts";
import type { RosterClient } from "../client.ts";

/** The callbacks for a followed record. */
interface Follower {
  /** The record has reached this version; undefined if it may have changed unnoticed before. */
  changed(version: number | undefined): void;
  /** Roster refuses the feed, for example because the token was revoked. No further call follows. */
  failed(error: unknown): void;
}

/** Follows any number of records by one feed, because a browser has few connections for each server. */
export interface LiveRecords {
  /** @returns a function that ends following */
  follow(id: string, follower: Follower): () => void;
}

/** The number of ids that one feed can select. With more records, it brings all changes. */
const mostIds = 100;

export function liveRecords(client: RosterClient): LiveRecords {
  const followers = new Map<string, Set<Follower>>();
  /** Ids that no feed has followed yet. */
  const fresh = new Set<string>();
  let seq: number | undefined;
  let running: AbortController | undefined;
  let scheduled = false;

  const follow = async ({ signal }: AbortController): Promise<void> => {
    const ids = [...followers.keys()];
    const input = { ...(ids.length <= mostIds && { ids }), ...(seq !== undefined && { after: seq }) };
    const feed = feedOf(client, input, { signal });
    for (let event = await feed.next(); event; event = await feed.next()) {
      ({ seq } = event);
      for (const id of fresh) for (const one of followers.get(id) ?? []) one.changed(undefined);
      fresh.clear();
      const { change } = event;
      if (change) for (const one of followers.get(change.recordId) ?? []) one.changed(change.version);
    }
  };
  const restart = (): void => {
    scheduled = false;
    running?.abort();
    running = undefined;
    if (followers.size === 0) {
      seq = undefined;
      return;
    }
    const current = (running = new AbortController());
    follow(current).catch((error: unknown) => {
      if (current.signal.aborted) return;
      for (const all of followers.values()) for (const one of all) one.failed(error);
    });
  };
  /** Components that appear or disappear together cause one restart. */
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(restart);
  };

  return {
    follow(id, follower) {
      const known = followers.get(id);
      if (known) known.add(follower);
      else {
        followers.set(id, new Set([follower]));
        fresh.add(id);
        schedule();
      }
      return () => {
        const left = followers.get(id);
        left?.delete(follower);
        if (left?.size !== 0) return;
        followers.delete(id);
        fresh.delete(id);
        schedule();
      };
    },
  };
}
