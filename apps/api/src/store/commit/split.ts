import { TimedOut } from "../database.ts";

/**
 * The parts in which to try again what has failed together, so that what cannot be stored is found:
 * halves. After a timeout each item by itself, since each try of several may take as long again.
 */
export function split<T>(items: readonly T[], error: unknown): T[][] {
  const size = error instanceof TimedOut ? 1 : Math.ceil(items.length / 2);
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
