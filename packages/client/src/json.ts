/** A copy of a value by way of JSON, as the other side would receive it. */
export const copy = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
