import type { LoggedChange, FieldKind, RecordType, StoredRecords } from "@roster/domain";
import { bookkeeping, type Kept, type KeptOptions } from "./bookkeeping.ts";
import { isJson, snake, tables, valueOf, type AnyRecord, type Column, type ColumnType } from "./tables.ts";

/** Conversion of records and log entries to rows and back, the same on every database. */

export type Scalar = string | number | null;

/** The columns of a table separated by commas, each prefixed with the alias if one is given. */
export const columnList = (type: RecordType, alias?: string): string =>
  tables[type].columns.map(({ name }) => (alias ? `${alias}.${name}` : name)).join(", ");

/**
 * Encodes a record's value for a column: JSON as text, booleans as 1 or 0.
 * @throws TypeError if the value is not of the column's kind; a database would store it as another value
 */
export function encode(column: Column, record: AnyRecord): Scalar {
  const value = valueOf(record, column.field);
  if (value === null || value === undefined) return null;
  const { kind } = column.policy;
  if (!isOfKind(kind, value))
    throw new TypeError(
      `the ${column.field} of ${record.id} cannot be written: it is not of the kind ${kind}`,
    );
  if (isJson(column)) return JSON.stringify(value);
  return kind === "boolean" ? Number(value) : (value as Scalar);
}

function isOfKind(kind: FieldKind, value: unknown): boolean {
  switch (kind) {
    case "set":
      return Array.isArray(value);
    case "json":
      return typeof value === "object" && !Array.isArray(value);
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return Number.isSafeInteger(value);
    default:
      return typeof value === "string";
  }
}

/** An empty record of each type. Copies share its hidden class instead of becoming dictionaries. */
const blanks = Object.fromEntries(
  Object.values(tables).map(({ type, columns }) => [
    type,
    Object.fromEntries(columns.map(({ field }) => [field, null])),
  ]),
) as Record<RecordType, Record<string, unknown>>;

/**
 * Decodes a record from a row, whose values have the order of the table's columns.
 * @param start the index of the record's first value in the row
 */
export function decodeRow<R>(type: RecordType, row: readonly unknown[], start = 0): R {
  const record = { ...blanks[type] };
  const { columns } = tables[type];
  for (let i = 0; i < columns.length; i++) {
    const value = row[start + i];
    if (value === null) continue;
    const column = columns[i] as Column;
    record[column.field] = decodeValue(type, column, value, record);
  }
  return record as R;
}

/** Decodes only some fields of a record, from a row that has them in this order. */
export function decodeFields<R>(
  type: RecordType,
  fields: readonly string[],
  row: readonly unknown[],
  start: number,
): R {
  const record = { ...blanks[type] };
  for (const [i, field] of fields.entries()) {
    const column = tables[type].byField.get(field) as Column;
    const value = row[start + i];
    if (value !== null) record[field] = decodeValue(type, column, value, record);
  }
  return record as R;
}

export const decodeValue = (
  type: RecordType,
  column: Column,
  value: unknown,
  record: Record<string, unknown>,
): unknown =>
  isJson(column)
    ? parseJson(value, () => `the ${column.field} of ${type} ${String(record["id"])}`)
    : column.type === "boolean"
      ? Boolean(value)
      : value;

/**
 * Parses JSON from a database.
 * @throws Error that names the unreadable value; the parser's own message would quote the data
 */
export function parseJson(text: unknown, what: () => string): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    throw new Error(`${what()} cannot be read: the stored text is not JSON`);
  }
}

/** A column of a table that holds no records. */
interface KeptColumn extends KeptOptions {
  field: string;
  name: string;
  type: ColumnType;
}

/** The columns of a table, but the tenant and those left out; first those of its key. */
export const columnsOf = (table: keyof typeof bookkeeping, ...without: readonly string[]): KeptColumn[] =>
  Object.entries<Kept>(bookkeeping[table])
    .filter(([field]) => field !== "tenant" && !without.includes(field))
    .map(([field, { type, options }]) => ({ field, name: snake(field), type, ...options }));

/** The values of an object in the order of the columns. */
export const encodeColumns = (columns: readonly KeptColumn[], from: object): Scalar[] =>
  columns.map(({ field, type }) => {
    const value = valueOf(from, field);
    if (value === undefined || value === null) return null;
    return type === "json" ? JSON.stringify(value) : type === "boolean" ? Number(value) : (value as Scalar);
  });

/**
 * Makes a decoder of objects from values in the order of the columns.
 * @param what names a value that cannot be read
 */
export function decoderOf<Row>(
  columns: readonly KeptColumn[],
  what: (field: string, row: Partial<Row>) => string,
): (values: readonly unknown[]) => Row {
  const always = columns.filter(({ absent }) => !absent);
  // Copies share its hidden class instead of becoming dictionaries.
  const blank = Object.fromEntries(always.map(({ field }) => [field, null]));
  return (values) => {
    const row: Record<string, unknown> = { ...blank };
    for (let i = 0; i < columns.length; i++) {
      const { field, type } = columns[i] as KeptColumn;
      const value = values[i];
      if (value === null) continue;
      if (type === "json") row[field] = parseJson(value, () => what(field, row as Partial<Row>));
      else row[field] = type === "boolean" ? Boolean(value) : value;
    }
    return row as Row;
  };
}

/** The columns of the change log that make up an entry. */
const entryColumns = columnsOf("changeLog", "prevSeq");
export const logColumns = entryColumns.map(({ name }) => name);

/** The values of a log entry, in the order of `logColumns`. */
export const logValues = (entry: LoggedChange): Scalar[] => encodeColumns(entryColumns, entry);

/** Decodes a log entry from a row, whose values begin with those of `logColumns`. */
export const decodeEntry = decoderOf<LoggedChange>(
  entryColumns,
  (field, { recordId }) => `the ${field} of ${recordId} in the log`,
);

/** A record, and the `seq` of its latest row in the log. */
export interface Latest<T extends RecordType = RecordType> {
  record: StoredRecords[T];
  seq: number;
}

/** Decodes a record from a row that has its `seq` before its values. */
export const decodeLatest = <T extends RecordType>(
  type: T,
  row: readonly unknown[],
  start = 0,
): Latest<T> => ({
  seq: row[start] as number,
  record: decodeRow(type, row, start + 1),
});

/** The minimum time that an idempotency key is kept, in milliseconds. */
const keptFor = 24 * 60 * 60 * 1000;

/** @returns the instant before which idempotency keys may be removed at the instant `at` */
export const keptSince = (at: string): string => new Date(Date.parse(at) - keptFor).toISOString();
