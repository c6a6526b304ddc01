import { reasonHeader, type Column } from "./columns.ts";
import { writeCsv } from "./csv.ts";
import { isObject, type FileInfo, type FileRow } from "./file.ts";
import type { RowFault } from "./item.ts";

/** Why a row was refused, in one line. */
export const reasonOf = (faults: readonly RowFault[]): string =>
  faults.map(({ column, message }) => (column === undefined ? message : `${column}: ${message}`)).join("; ");

/**
 * Writes refused rows as a file of the same format with a column that says why, ready to be mended and imported
 * again. Nothing is written if no row is refused.
 */
export class RefusedRows {
  readonly #info: Pick<FileInfo, "format" | "delimiter" | "headers">;
  /** The columns that are written: all but the reasons of an earlier import. */
  readonly #kept: readonly number[];
  readonly #write: (text: string) => unknown;
  #count = 0;

  /** @param write receives the text of the file, piece by piece */
  constructor(
    info: Pick<FileInfo, "format" | "delimiter" | "headers"> & { columns: readonly Column[] },
    write: (text: string) => unknown,
  ) {
    this.#info = info;
    this.#kept = info.columns.flatMap(({ by }, index) => (by === "reason" ? [] : [index]));
    this.#write = write;
  }

  async add(row: FileRow, faults: readonly RowFault[]): Promise<void> {
    const { format, delimiter, headers } = this.#info;
    const isFirst = this.#count++ === 0;
    const reason = reasonOf(faults);
    if ("cells" in row) {
      const pick = (cells: readonly string[]) => this.#kept.map((index) => cells[index] ?? "");
      const extra = row.cells.slice(headers.length);
      const header = isFirst ? writeCsv([...pick(headers), reasonHeader], delimiter) : "";
      await this.#write(header + writeCsv([...pick(row.cells), reason, ...extra], delimiter));
      return;
    }
    const { [reasonHeader]: _, ...value } = isObject(row.value) ? row.value : { row: row.value };
    const text = JSON.stringify({ ...value, [reasonHeader]: reason });
    await this.#write(format === "jsonl" ? `${text}\n` : (isFirst ? "[\n" : ",\n") + text);
  }

  async end(): Promise<void> {
    if (this.#count > 0 && this.#info.format === "json") await this.#write("\n]\n");
  }
}
