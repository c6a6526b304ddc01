import { TRPCClientError, type Operation, type TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { abortError } from "./abort.ts";
import { isDenied, isUnavailable, isUncertain, networkFailure, rosterError } from "./errors.ts";
import { isHarmless, isKeyed, keyLifetime } from "./idempotency.ts";
import type { AppRouter } from "./router.ts";

/** The statuses with which proxies say that it may work in a moment. */
const passing = new Set([429, 502, 503, 504]);

/**
 * Whether a call that failed may be made again without a risk.
 *
 * A query may, unless the answer would surely be the same, and so may a dry run, and a mutation with
 * an idempotency key: if it was done, Roster answers the first result again. Any other mutation must
 * not be done twice: it may only when nothing of it can have happened, which is when there was no
 * connection to send it over, or when Roster itself says that it has stored nothing of it. A
 * connection that broke, or a proxy's 503, leaves that open.
 */
export function mayRetry(op: Pick<Operation, "type" | "input">, error: unknown): boolean {
  if (isUnavailable(error)) return true;
  if (isUncertain(error)) return isHarmless(op) || isKeyed(op);
  const failure = networkFailure(error);
  if (!failure) return false;
  const { sent, status } = failure;
  return !sent || ((isHarmless(op) || isKeyed(op)) && (status === undefined || passing.has(status)));
}

/** Whether a failed attempt leaves it open what has become of the call. */
const isLost = (error: unknown): boolean => isUncertain(error) || networkFailure(error)?.sent === true;

/** Whether Roster has looked for the key before it refused, so that no earlier attempt was applied either. */
const holdsForAll = (error: unknown): boolean =>
  rosterError(error) !== undefined && !isUnavailable(error) && !isDenied(error);

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
 * What is thrown in the end holds for all attempts: when it is open whether one of them was applied,
 * that is what the error says, although the last one surely was not.
 *
 * An aborted call ends at once, also in the pause between two attempts, or in a batch whose other
 * calls go on.
 */
export const retryLink =
  (retries: number): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) => {
    // It is not made again, it goes on.
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
            // What is unsubscribed from still tells of its end.
            if (ended) return;
            if (isKeyed(op) && isLost(error)) lost = error;
            if (number > retries || !mayRetry(op, error)) return giveUp(error);
            timer = setTimeout(() => {
              // A computer may have slept for days since: the key is forgotten, and what was lost may be done twice.
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
