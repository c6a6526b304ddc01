import { abortError } from "../abort.ts";
import { isNetworkFailure, isUnavailable, isUncertain } from "../errors.ts";
import { backOff } from "../retry.ts";

/** The time for which a request of a long job is repeated, in milliseconds: enough to restart a server. */
const patience = 60_000;

/**
 * Repeats a request that is safe to repeat while Roster cannot be reached, for about a minute, beyond the
 * client's own attempts. So a restart of the server does not end a job that runs for an hour.
 */
export async function persistently<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const begun = Date.now();
  for (let failed = 1; ; failed++) {
    if (signal?.aborted) throw abortError(signal.reason);
    try {
      return await ask();
    } catch (error) {
      const passes = isNetworkFailure(error) || isUnavailable(error) || isUncertain(error);
      if (!passes || Date.now() - begun > patience) throw error;
      await new Promise((resolve) => setTimeout(resolve, backOff(failed)));
    }
  }
}

/** Prepares the next value while the present one is dealt with. */
export async function* ahead<T>(values: AsyncIterator<T, void>): AsyncGenerator<T> {
  let next = values.next();
  try {
    for (let read = await next; !read.done; read = await next) {
      next = values.next();
      // Reported when it is waited for.
      next.catch(() => undefined);
      yield read.value;
    }
  } finally {
    await values.return?.();
  }
}
