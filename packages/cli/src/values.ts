import type { Change, JsonValue } from "@roster/domain";

/** A value as one line of text. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return value.every((item) => typeof item === "string") ? value.join("; ") : JSON.stringify(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A value in a change, so that texts differ from numbers and nothing from an empty text. */
const quoted = (value: JsonValue | undefined): string =>
  value === undefined ? "nothing" : JSON.stringify(value);

/** Changes, one a line: `/phone  null → "+44…"`. */
export const changeLines = (changes: readonly Change[]): string[] =>
  changes.map(({ path, from, to }) => `${path}  ${quoted(from)} → ${quoted(to)}`);
