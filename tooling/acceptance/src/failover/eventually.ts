import { setTimeout as pause } from "node:timers/promises";

/** The time for anything that must happen, in milliseconds. */
const patience = 180_000;

type Found<T> = T | undefined | false;

/**
 * Waits until something is the case.
 * @returns what `look` finds
 * @throws Error if that takes longer than three minutes
 */
export async function eventually<T>(what: string, look: () => Found<T> | Promise<Found<T>>): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`it took more than ${patience / 1_000} s until ${what}`);
    await pause(100);
  }
}
