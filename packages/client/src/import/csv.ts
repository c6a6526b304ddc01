import Papa from "papaparse";
import { FileError } from "./file-error.ts";

/** One row of a CSV file. */
export interface CsvRow {
  /** Counts from 1, the header, as spreadsheets do. */
  row: number;
  cells: string[];
}

/** The longest row, in UTF-16 code units. A quote that is never closed would otherwise hold the whole file. */
const longestRow = 4 << 20;

/** The delimiters that are guessed. */
const delimiters = [",", ";", "\t", "|"];

/** Finds the delimiter of a CSV file from its beginning: the one that gives its header the most cells. */
export function findDelimiter(sample: string): string {
  const cells = delimiters.map((delimiter) => {
    const { data } = Papa.parse<string[]>(sample, { delimiter, preview: 1 });
    return data[0]?.length ?? 0;
  });
  return delimiters[cells.indexOf(Math.max(...cells))] as string;
}

/**
 * Reads the rows of a CSV file (RFC 4180) as its text arrives. Rows may end with LF, CRLF or CR. Empty rows
 * are left out.
 *
 * @throws FileError if quotes are malformed, so that it is not clear where rows end
 */
export async function* readCsv(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<CsvRow> {
  let rest = "";
  let row = 0;
  let newline: "\n" | "\r" | undefined;
  const rows: CsvRow[] = [];
  const parse = (input: string, last: boolean): void => {
    newline ??= input.includes("\n") || !input.includes("\r") ? "\n" : "\r";
    let start = 0;
    const parser = new Papa.Parser({
      delimiter,
      newline,
      step({ data: [cells = []], errors, meta }: Papa.ParseStepResult<string[][]>) {
        row++;
        const end = meta.cursor;
        unendCr(cells, input.slice(Math.max(start, end - 4), end));
        start = end;
        if (errors.length > 0) throw malformed(row);
        if (cells.length > 1 || cells[0] !== "") rows.push({ row, cells });
      },
    });
    parser.parse(input, 0, !last);
    rest = input.slice(start);
  };
  for await (const chunk of text) {
    // A CR at the end of a chunk may be half of a CRLF.
    if (chunk === "") continue;
    const input = rest + chunk;
    if (newline === undefined && !/[\n\r]./s.test(input) && input.length < longestRow) rest = input;
    else parse(input, false);
    yield* rows.splice(0);
    if (rest.length > longestRow) throw malformed(row + 1);
  }
  if (rest !== "") parse(rest, true);
  yield* rows.splice(0);
}

const malformed = (row: number): FileError =>
  new FileError(
    `row ${row} has a quote that is not closed, or text after a closing quote; a quote within quotes is written twice`,
  );

/** Removes the CR of a CRLF from the last cell, but not a CR within its quotes. */
function unendCr(cells: string[], end: string): void {
  const last = cells.at(-1);
  if (last?.endsWith("\r") && end.endsWith("\r\n") && !end.endsWith('\r"\r\n')) {
    cells[cells.length - 1] = last.slice(0, -1);
  }
}

/** Writes one row of a CSV file, with its line break. */
export const writeCsv = (cells: readonly string[], delimiter: string): string =>
  Papa.unparse([cells as string[]], { delimiter, newline: "\n" }) + "\n";
