import { TRPCClientError, type Operation, type TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { AppRouter } from "./router.ts";

/**
 * Sends a call through the link `alone` if it is the only call of its kind in a tick. Sends several through
 * `together`, which may put them into one request.
 */
export const shareLink =
  (alone: TRPCLink<AppRouter>, together: TRPCLink<AppRouter>): TRPCLink<AppRouter> =>
  (runtime) => {
    const links = { alone: alone(runtime), together: together(runtime) };
    /** The functions that send the calls of this tick, by the kind of call. */
    const waiting = { query: new Set<Send>(), mutation: new Set<Send>(), subscription: new Set<Send>() };

    const sendAll = (type: Operation["type"]) => {
      const calls = waiting[type];
      waiting[type] = new Set();
      for (const send of calls) send(calls.size === 1 ? links.alone : links.together);
    };

    return (call) =>
      observable((observer) => {
        const { type } = call.op;
        let sent: Unsubscribable | undefined;
        const send: Send = (link) => {
          try {
            sent = link(call).subscribe(observer);
          } catch (error) {
            // Outside this tick nobody would catch it.
            observer.error(TRPCClientError.from(error as Error));
          }
        };
        if (waiting[type].size === 0) setTimeout(sendAll, 0, type);
        waiting[type].add(send);
        return () => {
          waiting[type].delete(send);
          sent?.unsubscribe();
        };
      });
  };

type Send = (link: ReturnType<TRPCLink<AppRouter>>) => void;
