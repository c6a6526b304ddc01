import { TRPCClientError, type Operation, type TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { abortError } from "./abort.ts";
import { isDenied, isUnavailable, isUncertain, networkFailure, rosterError } from "./errors.ts";
import { isHarmless, isKeyed, keyLifetime } from "./idempotency.ts";
import type { AppRouter } from "./router.ts";

/** HTTP statuses that proxies send for temporary failures. */
const passing = new Set([429, 502, 503, 504]);

/**
 * Whether a failed call may safely be repeated.
 *
 * Queries, dry runs and mutations with an idempotency key may be repeated unless the answer would certainly
 * be the same: if a keyed mutation was applied, Roster repeats its first answer. A mutation without a key may
 * be repeated only if it certainly was not applied: no connection was made, or Roster says that it stored
 * nothing. A broken connection or a proxy's 503 leaves this open.
 */
export function mayRetry(op: Pick<Operation, "type" | "input">, error: unknown): boolean {
  if (isUnavailable(error)) return true;
  if (isUncertain(error)) return isHarmless(op) || isKeyed(op);
  const failure = networkFailure(error);
  if (!failure) return false;
  const { sent, status } = failure;
  return !sent || ((isHarmless(op) || isKeyed(op)) && (status === undefined || passing.has(status)));
}

/** Whether a failed attempt may have been applied. */
const isLost = (error: unknown): boolean => isUncertain(error) || networkFailure(error)?.sent === true;

/** Whether Roster looked up the key before refusing, so that no earlier attempt was applied either. */
const holdsForAll = (error: unknown): boolean =>
  rosterError(error) !== undefined && !isUnavailable(error) && !isDenied(error);

/**
 * The pause before the next attempt, in milliseconds. It doubles each time, up to five seconds, and up to
 * half of it is random, so that callers who failed together do not return together.
 *
 * @param failed number of failed attempts
 */
export const backOff = (failed: number): number =>
  Math.min(5_000, 200 * 2 ** (failed - 1)) * (0.5 + Math.random() / 2);

/**
 * Repeats a failed call if that is safe, at most `retries` times.
 *
 * The final error covers all attempts: if any of them may have been applied, the error says so, even if the
 * last one certainly was not.
 *
 * An aborted call ends at once, even in a pause between attempts or in a batch whose other calls continue.
 */
export const retryLink =
  (retries: number): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) => {
    // Subscriptions are resumed by another link.
    if (op.type === "subscription") return next(op);
    return observable((observer) => {
      const { signal } = op;
      const begun = Date.now();
      let ended = false;
      let running: Unsubscribable | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let lost: TRPCClientError<AppRouter> | undefined;

      const abort = () => observer.error(TRPCClientError.from(abortError(signal?.reason)));
      const giveUp = (error: TRPCClientError<AppRouter>) =>
        observer.error(lost && !holdsForAll(error) ? lost : error);
      const attempt = (number: number) => {
        running = next(op).subscribe({
          next: (envelope) => observer.next(envelope),
          complete: () => observer.complete(),
          error(error) {
            // An unsubscribed attempt still reports its end.
            if (ended) return;
            if (isKeyed(op) && isLost(error)) lost = error;
            if (number > retries || !mayRetry(op, error)) return giveUp(error);
            timer = setTimeout(() => {
              // The computer may have slept for days. Roster has then forgotten the key, and repeating the
              // call could apply it twice.
              if (lost && Date.now() - begun > keyLifetime) giveUp(error);
              else attempt(number + 1);
            }, backOff(number));
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
  };
