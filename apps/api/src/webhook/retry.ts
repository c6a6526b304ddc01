/** Maximum delay that a receiver can request, in milliseconds. */
const maxRetryAfter = 24 * 60 * 60 * 1000;

/**
 * The delay before the next attempt, in milliseconds: the scheduled delay, varied by up to a tenth so that
 * simultaneous failures spread out, or a longer delay that the receiver requests.
 *
 * @param attempt the number of the failed attempt, from 1
 * @returns undefined if it was the last attempt
 */
export function nextDelay(
  retries: readonly number[],
  attempt: number,
  { retryAfter = 0 }: { retryAfter?: number | undefined },
  chance = Math.random(),
): number | undefined {
  const delay = retries[attempt - 1];
  if (delay === undefined) return undefined;
  return Math.max(delay * (0.9 + 0.2 * chance), Math.min(retryAfter, maxRetryAfter));
}
