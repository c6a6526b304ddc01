import { TimedOut } from "../database.ts";

/**
 * Splits items that failed together, to find the one that cannot be stored: into halves or, after a timeout,
 * into single items, since each attempt with several may take as long again.
 */
export function split<T>(items: readonly T[], error: unknown): T[][] {
  const size = error instanceof TimedOut ? 1 : Math.ceil(items.length / 2);
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
