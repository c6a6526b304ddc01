/** What JSON makes of a value: all that the other side would see of it, and nothing shared with it. */
export const copy = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
