/** The longest that a receiver may ask to be left alone, in milliseconds. */
const maxRetryAfter = 24 * 60 * 60 * 1000;

/**
 * After how long a message is tried again, in milliseconds: by the schedule, a tenth more or less, so
 * that what has failed together does not come again together; or later, when the receiver asks for it.
 *
 * @param attempt the one that has failed, from 1
 * @returns undefined when it was the last one
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
