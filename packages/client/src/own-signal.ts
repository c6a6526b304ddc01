import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AppRouter } from "./router.ts";

/**
 * Gives each call a signal of its own that follows the caller's. tRPC's links never remove their listeners, so
 * a signal of a long job would keep every answer of it in memory.
 */
export const ownSignalLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) => {
    const { signal } = op;
    if (!signal) return next(op);
    return observable((observer) => {
      const own = new AbortController();
      const abort = () => own.abort(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort);
      const running = next({ ...op, signal: own.signal }).subscribe(observer);
      return () => {
        signal.removeEventListener("abort", abort);
        running.unsubscribe();
      };
    });
  };
