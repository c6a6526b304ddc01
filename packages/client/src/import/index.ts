export type { Bytes, Source } from "./bytes.ts";
export { textReader, type ReadingOptions, type TextReader } from "./cell.ts";
export { reasonHeader, type Column, type ColumnMapping, type GuessOptions, type Mapping } from "./columns.ts";
export { writeCsv } from "./csv.ts";
export { exportRecords, type Export, type ExportOptions } from "./export-records.ts";
export { FileError } from "./file-error.ts";
export { formats, type FileInfo, type FileOptions, type Format } from "./file.ts";
export {
  importRecords,
  inspectFile,
  type FileType,
  type ImportCounts,
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  type RowOutcome,
} from "./import-records.ts";
export { parseTarget, valueTypes, writeTarget, type Target, type ValueType } from "./target.ts";
