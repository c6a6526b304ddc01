import { createTRPCClient, type TRPCClient } from "@trpc/client";
import { watchWith, type ListChanges, type WatchChanges } from "./feed/watch.ts";
import { rosterLinks, type ClientOptions } from "./links.ts";
import type { AppRouter } from "./router.ts";

/** Typed calls, such as `client.customer.update.mutate(…)` and `client.customer.get.query(…)`. */
export type RosterClient = {
  change: {
    list: { query: ListChanges };
    /** `for await (const change of client.change.watch({ after }))` */
    watch: WatchChanges;
  };
} & TRPCClient<AppRouter>;

/**
 * Makes a client over HTTP, for Node 20 or later and for browsers.
 *
 * Calls throw a `TRPCClientError`; `rosterError`, `faults`, `isConflict` and similar helpers interpret it.
 * Instants arrive as `Date`, calendar dates as text, and nothing inside `properties` or `mapping` is
 * converted.
 *
 * @throws TypeError or RangeError if an option is invalid
 */
export const createClient = (options: ClientOptions): RosterClient =>
  withFeed(createTRPCClient<AppRouter>({ links: rosterLinks(options) }));

/** A client whose `change.watch` can be called as well as subscribed to. */
export function withFeed(client: TRPCClient<AppRouter>): RosterClient {
  const { subscribe } = client.change.watch;
  const watch = Object.assign(watchWith(client), { subscribe });
  return replacing(client, "change", replacing(client.change, "watch", watch)) as RosterClient;
}

/** A view of an object with one property replaced. */
const replacing = <T extends object>(target: T, name: string, value: unknown): T =>
  new Proxy(target, { get: (all, key) => (key === name ? value : (Reflect.get(all, key) as unknown)) });
