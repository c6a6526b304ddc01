import type { Unfit } from "../errors.ts";

/** RFC 3339, section 5.6: T and Z may be in lower case, and T may be a space. */
const dateTime =
  /^(\d{4}-(?:0[1-9]|1[0-2])-\d{2})[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?(?:[Zz]|([+-](?:[01]\d|2[0-3]):[0-5]\d))$/;

/**
 * Reads an instant in any spelling of RFC 3339.
 *
 * A second 60 becomes the first second of the next minute, as in POSIX, because neither databases nor `Date`
 * can store a leap second. It is not checked against the list of actual leap seconds, which keeps growing.
 *
 * @returns the instant in UTC, cut to milliseconds; or the fault
 */
export function readInstant(written: string): string | Unfit {
  const [, date, minute, second, fraction = "", offset = "Z"] = dateTime.exec(written) ?? [];
  if (date === undefined || minute === undefined || !isDate(date)) return notAnInstant;
  const leaps = second === "60";
  const instant = new Date(`${date}T${minute}:${leaps ? "59" : second}${fraction.slice(0, 4)}${offset}`);
  if (leaps) instant.setTime(instant.getTime() + 1_000);
  return instantText(instant) ?? outOfRange;
}

const notAnInstant: Unfit = {
  code: "invalid_format",
  message: "is not an ISO 8601 date and time with an offset (RFC 3339), such as 2026-03-01T09:30:00Z",
};
export const outOfRange: Unfit = { code: "out_of_range", message: "is not in the years 0000 to 9999 of UTC" };

/** Whether a well-formed date exists in the calendar. */
const isDate = (date: string): boolean => {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
};

/**
 * The stored form of an instant; undefined outside the years 0000 to 9999, which ISO 8601 writes with a sign
 * and six digits, so they would not sort as text.
 */
export function instantText(instant: Date): string | undefined {
  const text = instant.toISOString();
  return text.length === "0000-01-01T00:00:00.000Z".length ? text : undefined;
}
