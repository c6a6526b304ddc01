import { FileError } from "./file-error.ts";

/** The parts of a date format, and what each matches. */
const tokens: Record<string, [part: string, pattern: string]> = {
  YYYY: ["year", "\\d{4}"],
  MM: ["month", "\\d{2}"],
  M: ["month", "\\d{1,2}"],
  DD: ["day", "\\d{2}"],
  D: ["day", "\\d{1,2}"],
  HH: ["hour", "\\d{2}"],
  H: ["hour", "\\d{1,2}"],
  mm: ["minute", "\\d{2}"],
  ss: ["second", "\\d{2}"],
  SSS: ["millisecond", "\\d{3}"],
};
const token = /YYYY|MM?|DD?|HH?|mm|ss|SSS|[A-Za-z]+|[^A-Za-z]/g;

/** Reads dates that are written in a declared format. Dates in ISO 8601 are always understood. */
export interface DateReader {
  /** @returns `YYYY-MM-DD`, or undefined if the text is not in the format */
  date(text: string): string | undefined;
  /** @returns an instant in UTC, or undefined if the text is not in the format */
  instant(text: string): string | undefined;
}

const isoDate = /^\d{4}-\d{2}-\d{2}$/;
const isoLocal = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/;

/**
 * @param format such as `DD.MM.YYYY` or `M/D/YYYY H:mm`, of the parts YYYY, MM, M, DD, D, HH, H, mm, ss and SSS
 * @param timeZone of instants without an offset, such as `Europe/Berlin`; default UTC
 * @throws FileError if the format or the time zone is unknown
 */
export function dateReader(format: string | undefined, timeZone = "UTC"): DateReader {
  const read = format === undefined ? () => undefined : formatReader(format);
  const offset = offsetIn(timeZone);
  return {
    date(text) {
      if (isoDate.test(text)) return text;
      const parts = read(text);
      return parts && dateOf(parts);
    },
    instant(text) {
      const [, day, time = "00:00:00"] = isoLocal.exec(text) ?? [];
      if (day !== undefined) return inZone(`${day}T${time}`, offset);
      const parts = read(text);
      // RFC 3339, which states the offset itself, is left to the field's own rules.
      if (!parts) return /^\d{4}-\d{2}-\d{2}[Tt ]/.test(text) ? text : undefined;
      const { hour = "0", minute = "00", second = "00", millisecond = "000" } = parts;
      return inZone(`${dateOf(parts)}T${hour.padStart(2, "0")}:${minute}:${second}.${millisecond}`, offset);
    },
  };
}

type Parts = Record<string, string>;

const dateOf = ({ year = "", month = "", day = "" }: Parts): string =>
  `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;

/** @returns a function that takes a text in the format apart */
function formatReader(format: string): (text: string) => Parts | undefined {
  const parts: string[] = [];
  let pattern = "";
  for (const [found] of format.matchAll(token)) {
    const [part, matches] = tokens[found] ?? [];
    if (part !== undefined) {
      if (parts.includes(part)) throw new FileError(`the date format ${format} has the ${part} twice`);
      parts.push(part);
      pattern += `(${matches})`;
    } else if (/^[A-SU-Za-z]/.test(found)) {
      throw new FileError(
        `the date format ${format} has the unknown part ${found}; the parts are ${Object.keys(tokens).join(", ")}`,
      );
    } else pattern += found.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  }
  for (const part of ["year", "month", "day"]) {
    if (!parts.includes(part)) throw new FileError(`the date format ${format} has no ${part}`);
  }
  const whole = new RegExp(`^${pattern}$`);
  return (text) => {
    const found = whole.exec(text);
    return found ? Object.fromEntries(parts.map((part, i) => [part, found[i + 1] ?? ""])) : undefined;
  };
}

/** @returns a function that gives a time zone's offset from UTC at an instant, in milliseconds */
function offsetIn(timeZone: string): (instant: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  } catch {
    throw new FileError(`there is no time zone ${JSON.stringify(timeZone)}; one is Europe/Berlin`);
  }
  if (timeZone === "UTC") return () => 0;
  return (instant) => {
    const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours = "0", minutes = "0", seconds = "0"] =
      /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  };
}

/** The instant at which clocks of a zone show a time; undefined if there is no such time in the calendar. */
function inZone(local: string, offset: (instant: number) => number): string | undefined {
  const shown = Date.parse(`${local}Z`);
  if (Number.isNaN(shown)) return undefined;
  // The offset that applies is the one at the instant itself, which is known only with the offset.
  const instant = new Date(shown - offset(shown - offset(shown)));
  return new Date(shown).toISOString().startsWith(local.slice(0, 10)) ? instant.toISOString() : undefined;
}
