/** A summary of several measurements. */
export interface Summary {
  median: number;
  /** The lowest and the highest. */
  low: number;
  high: number;
}

/** @returns undefined without measurements */
export function summarize(values: readonly (number | undefined)[]): Summary | undefined {
  const sorted = values
    .filter((value) => value !== undefined && Number.isFinite(value))
    .toSorted((a, b) => (a as number) - (b as number)) as number[];
  const [low] = sorted;
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return undefined;
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 0
      ? ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
      : (sorted[Math.floor(middle)] as number);
  return { median, low, high };
}

/**
 * The ratio of two figures measured in the same rounds, taken round by round, so that whatever slowed
 * the machine down for a while affects both.
 */
export const ratio = (
  over: readonly (number | undefined)[],
  under: readonly (number | undefined)[],
): Summary | undefined =>
  summarize(
    over.map((value, round) => {
      const other = under[round];
      return value === undefined || other === undefined ? undefined : value / other;
    }),
  );
