import type { Fields } from "@roster/domain";
import { digestOf, open, type Source } from "./bytes.ts";
import type { ReadingOptions } from "./cell.ts";
import { findColumns, pick, type Column, type GuessOptions } from "./columns.ts";
import { FileError } from "./file-error.ts";
import { findDelimiter, readCsv, type CsvRow } from "./csv.ts";
import { decoded, findEncoding } from "./encoding.ts";
import { readJsonArray, readJsonLines, type JsonRow } from "./json-rows.ts";

export const formats = ["csv", "jsonl", "json"] as const;
/** CSV with a header, JSON Lines, or a JSON array of objects. */
export type Format = (typeof formats)[number];

/** How a file is read; what is missing is found in the file. */
export interface FileOptions extends GuessOptions, ReadingOptions {
  format?: Format | undefined;
  /** A label of the Encoding Standard, such as `windows-1252`. */
  encoding?: string | undefined;
  /** Separates the cells of a CSV file. */
  delimiter?: string | undefined;
}

/** The format of a file and the meaning of its columns. */
export interface FileInfo {
  format: Format;
  encoding: string;
  /** Separates the cells of a CSV file. */
  delimiter: string;
  /** The header of a CSV file; the keys of the first objects of a JSON file. */
  headers: string[];
  /** The texts of the first rows, by column. */
  samples: string[][];
  columns: Column[];
  /** Why the file cannot be imported as it is; empty if it can. */
  problems: string[];
  /** The digest of the file's bytes: two files with the same digest are the same. */
  digest: string;
}

export type FileRow = CsvRow | JsonRow;

/** The size of the sample from the beginning of a file, in UTF-16 code units and in rows. */
const sample = { text: 1 << 16, rows: 200 };

/**
 * Looks at a file: its format and encoding, and what its columns mean for records with these fields. Reads the
 * whole file once or twice.
 *
 * @throws FileError if it cannot be read
 */
export async function inspect(source: Source, fields: Fields, options: FileOptions): Promise<FileInfo> {
  if (options.delimiter !== undefined && /^$|["\r\n]/.test(options.delimiter))
    throw new FileError("the delimiter must not be empty, a quote or a line break");
  const encoding = options.encoding ?? (await findEncoding(open(source)));
  const start = await beginning(source, encoding);
  if (start.startsWith("PK\u0003\u0004"))
    throw new FileError("this is a workbook, as of Excel; save it as CSV");
  const format = options.format ?? formatOf(start);
  const delimiter = options.delimiter ?? findDelimiter(start);
  const rows: FileRow[] = [];
  for await (const row of readText(decoded(open(source), encoding), { format, delimiter })) {
    rows.push(row);
    if (rows.length > sample.rows) break;
  }
  const { headers, samples } = tableOf(rows);
  // The first objects of a JSON file need not have all keys.
  const mapping = format === "csv" ? options.mapping : pick(options.mapping, headers);
  const { columns, problems } = findColumns(fields, headers, samples, { ...options, mapping });
  if (rows.length === 0) problems.unshift("the file is empty");
  const digest = await digestOf(open(source));
  return { format, encoding, delimiter, headers, samples, columns, problems, digest };
}

/** Reads the rows of a file from its beginning, for CSV without the header. @throws FileError */
export async function* readRows(
  source: Source,
  { format, encoding, delimiter }: Pick<FileInfo, "format" | "encoding" | "delimiter">,
): AsyncGenerator<FileRow> {
  let isHeader = format === "csv";
  for await (const row of readText(decoded(open(source), encoding), { format, delimiter })) {
    if (!isHeader) yield row;
    isHeader = false;
  }
}

const readText = (
  text: AsyncIterable<string>,
  { format, delimiter }: Pick<FileInfo, "format" | "delimiter">,
): AsyncIterable<FileRow> =>
  format === "csv"
    ? readCsv(text, delimiter)
    : format === "jsonl"
      ? readJsonLines(text)
      : readJsonArray(text);

/** The beginning of a file, at least as long as the sample unless the file is shorter. */
async function beginning(source: Source, encoding: string): Promise<string> {
  let text = "";
  for await (const chunk of decoded(open(source), encoding)) {
    text += chunk;
    if (text.length > sample.text) break;
  }
  return text;
}

const formatOf = (start: string): Format => {
  const [first] = start.trimStart();
  return first === "[" ? "json" : first === "{" ? "jsonl" : "csv";
};

/** The first rows as a header and texts. */
function tableOf(rows: readonly FileRow[]): { headers: string[]; samples: string[][] } {
  const [header, ...others] = rows;
  if (header && "cells" in header) {
    return { headers: header.cells, samples: others.map((row) => ("cells" in row ? row.cells : [])) };
  }
  const objects = rows.flatMap((row) => ("value" in row && isObject(row.value) ? [row.value] : []));
  const headers = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const samples = objects.map((object) =>
    headers.map((key) => (typeof object[key] === "string" ? object[key] : "")),
  );
  return { headers, samples };
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
