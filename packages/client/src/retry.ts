import { TRPCClientError, type Operation, type TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { isNetworkFailure, isUnavailable } from "./errors.ts";
import type { AppRouter } from "./router.ts";

/** The statuses with which proxies say that it may work in a moment. */
const passing = new Set([429, 502, 503, 504]);

/**
 * Whether a call that failed may be made again without a risk.
 *
 * A query may, unless the answer would surely be the same. A mutation must not be applied twice: it
 * may only when nothing of it can have happened, which is when there was no connection to send it
 * over, or when Roster itself says that it has stored nothing of it. A connection that broke, or a
 * proxy's 503, leaves that open.
 */
export function mayRetry(type: Operation["type"], error: unknown): boolean {
  if (isUnavailable(error)) return true;
  if (!isNetworkFailure(error)) return false;
  const { sent, status } = error.cause;
  return !sent || (type === "query" && (status === undefined || passing.has(status)));
}

/**
 * How long to wait before an attempt, in milliseconds: twice as long each time, up to five seconds,
 * of which up to one half is left to chance, so that callers who failed together don't come back
 * together.
 *
 * @param failed how many attempts have failed
 */
export const backOff = (failed: number): number =>
  Math.min(5_000, 200 * 2 ** (failed - 1)) * (0.5 + Math.random() / 2);

/**
 * Makes a failed call again where that is safe, at most `retries` times.
 *
 * An aborted call ends at once, also in the pause between two attempts, or in a batch whose other
 * calls go on.
 */
export const retryLink =
  (retries: number): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) =>
    observable((observer) => {
      const { signal } = op;
      let ended = false;
      let running: Unsubscribable | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;

      const abort = () => observer.error(TRPCClientError.from(signal?.reason as Error));
      const attempt = (number: number) => {
        running = next(op).subscribe({
          next: (envelope) => observer.next(envelope),
          complete: () => observer.complete(),
          error(error) {
            // What is unsubscribed from still tells of its end.
            if (ended) return;
            if (number > retries || !mayRetry(op.type, error)) observer.error(error);
            else timer = setTimeout(() => attempt(number + 1), backOff(number));
          },
        });
      };

      if (signal?.aborted) {
        abort();
      } else {
        signal?.addEventListener("abort", abort);
        attempt(1);
      }
      return () => {
        ended = true;
        signal?.removeEventListener("abort", abort);
        clearTimeout(timer);
        running?.unsubscribe();
      };
    });
