import { createTRPCClient, type TRPCClient } from "@trpc/client";
import { rosterLinks, type ClientOptions } from "./links.ts";
import type { AppRouter } from "./router.ts";

/** Typed calls: `client.customer.update.mutate(…)`, `client.customer.get.query(…)`. */
export type RosterClient = TRPCClient<AppRouter>;

/**
 * A client over HTTP, for Node 20 or later and for browsers.
 *
 * Calls throw a `TRPCClientError`; `rosterError`, `faults`, `isConflict` and the like say what it
 * means. Instants arrive as `Date`, calendar dates as text, and nothing inside `properties` or
 * `mapping` is converted.
 */
export const createClient = (options: ClientOptions): RosterClient =>
  createTRPCClient<AppRouter>({ links: rosterLinks(options) });
