import type { Field, JsonValue, Unfit } from "@roster/domain";
import { parseJson } from "@roster/domain";
import { dateReader, type DateReader } from "./dates.ts";
import { defused } from "./formula.ts";
import { FileError } from "./file-error.ts";
import { localeReader, type LocaleReader } from "./locale.ts";
import type { Target } from "./target.ts";

/** How texts are read as values. */
export interface ReadingOptions {
  /** The language of numbers and booleans, such as `de`. Default: a decimal point, no thousands separators. */
  locale?: string | undefined;
  /** The format of dates, such as `DD.MM.YYYY`. ISO 8601 is always understood. */
  dateFormat?: string | undefined;
  /** The time zone of instants without an offset, such as `Europe/Berlin`. Default UTC. */
  timeZone?: string | undefined;
  /** Separates the entries of a set; default `;`, and for email addresses also commas and spaces. */
  listSeparator?: string | undefined;
  /** Whether white space at the ends of texts is removed. Default false. */
  trim?: boolean | undefined;
}

/** Reads texts as values of fields. */
export interface TextReader {
  /** @returns the value, not yet checked by the field's policy, or the fault */
  read(target: Target, text: string): { value: unknown } | { fault: Unfit };
}

/** @throws FileError if an option is not valid */
export const textReader = (options: ReadingOptions): TextReader => {
  if (options.listSeparator === "") throw new FileError("the separator of lists must not be empty");
  const locale = localeReader(options.locale);
  const dates = dateReader(options.dateFormat, options.timeZone);
  return {
    read: ({ policy, path, type }, text) =>
      path.length > 0
        ? readProperty(type, text, locale, options)
        : readField(policy, text, locale, dates, options),
  };
};

const invalid = (message: string): { fault: Unfit } => ({ fault: { code: "invalid_format", message } });

function readField(
  policy: Field,
  written: string,
  locale: LocaleReader,
  dates: DateReader,
  { listSeparator, dateFormat, trim }: ReadingOptions,
): { value: unknown } | { fault: Unfit } {
  const text = written.trim();
  switch (policy.kind) {
    case "text":
      return { value: trim ? text : written };
    case "boolean": {
      const value = locale.boolean(text);
      return value === undefined ? invalid(`${JSON.stringify(text)} is neither true nor false`) : { value };
    }
    case "integer": {
      const value = locale.number(text);
      return value === undefined ? invalid(`${JSON.stringify(text)} is not a number`) : { value };
    }
    case "date":
    case "instant": {
      const value = dates[policy.kind](text);
      const expected =
        dateFormat === undefined ? "; say in which format dates are" : ` in the format ${dateFormat}`;
      return value === undefined ? invalid(`${JSON.stringify(text)} is not a date${expected}`) : { value };
    }
    case "choice":
      return { value: policy.options?.find((option) => option.toLowerCase() === text.toLowerCase()) ?? text };
    case "set":
      return { value: entriesOf(policy, text, listSeparator) };
    case "json":
      return readJson(text);
    default:
      return { value: text };
  }
}

/** The entries of a set: a JSON array, or a list with separators. */
function entriesOf(policy: Field, text: string, separator: string | undefined): unknown[] {
  if (text.startsWith("[")) {
    try {
      const entries: unknown = JSON.parse(text);
      if (Array.isArray(entries)) return entries;
    } catch {
      // A list whose first entry begins with a bracket.
    }
  }
  const between = separator ?? (policy.items === "email" ? /[;,\s]+/ : ";");
  return text
    .split(between)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function readJson(text: string): { value: unknown } | { fault: Unfit } {
  try {
    const { value, faults } = parseJson(text);
    const [lost] = faults;
    return lost
      ? { fault: { code: lost.code, message: `${lost.pointer} ${lost.message}`.trim() } }
      : { value };
  } catch {
    return invalid("is not JSON");
  }
}

function readProperty(
  type: Target["type"],
  written: string,
  locale: LocaleReader,
  { trim }: ReadingOptions,
): { value: unknown } | { fault: Unfit } {
  const text = written.trim();
  if (type === "number" || type === "boolean") {
    const value = locale[type](text);
    return value === undefined ? invalid(`${JSON.stringify(text)} is not a ${type}`) : { value };
  }
  const plain = { value: trim ? text : written };
  if (type !== "json") return plain;
  return isJson(text) ? readJson(text) : plain;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A value as a cell that is read as the same value, with the default options. */
export function writeCell({ kind }: Field, path: readonly string[], value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "";
  if (path.length > 0) {
    return typeof value === "string" && !isJson(value.trim()) ? defused(value) : JSON.stringify(value);
  }
  if (typeof value === "string") return kind === "date" || kind === "instant" ? value : defused(value);
  if (kind !== "set") return typeof value === "object" ? JSON.stringify(value) : String(value);
  const entries = value as string[];
  const plain = entries.every((entry) => entry.trim() === entry && entry !== "" && !/[;,\s[]/.test(entry));
  return entries.length === 0 ? "" : plain ? defused(entries.join(";")) : JSON.stringify(entries);
}
