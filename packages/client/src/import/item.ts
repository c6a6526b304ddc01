import {
  canonicalName,
  emailKey,
  parseCreate,
  parseUpsert,
  parseValue,
  pointer,
  segments,
  type Fault,
  type Fields,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import type { TextReader } from "./cell.ts";
import type { Column } from "./columns.ts";
import { isObject, type FileRow } from "./file.ts";
import { restored } from "./formula.ts";
import { writeTarget, type Target } from "./target.ts";

/** A fault of a row. */
export interface RowFault {
  /** The header of the column; undefined for a fault of the whole row. */
  column: string | undefined;
  /** A fault code, or the code of a refusal. */
  code: string;
  message: string;
}

/** A row as an item of a bulk request. */
export interface Item {
  row: FileRow;
  /** An upsert if there is a key, otherwise a new record. */
  input: JsonObject;
  /** The value by which the row finds its record, in one normal form; undefined if it has none. */
  key: string | undefined;
  /** The records of the same type that the row names. */
  refers: readonly string[];
  faults: RowFault[];
}

/** The rules by which an import converts rows to items. */
export interface ItemRules {
  type: "customer" | "user";
  fields: Fields;
  /** The field or property by which a row finds its record; undefined to create a record for each row. */
  key: Target | undefined;
  reader: TextReader;
  /** Whether an empty cell keeps the value or clears it. */
  empty: "keep" | "clear";
  /** The meaning of each column of a CSV file. */
  columns: readonly Column[];
  /** The meaning of a key of a JSON object; undefined if it has none. */
  columnOf(key: string): Column | undefined;
}

type Read = ReturnType<TextReader["read"]>;
/** The blocks of an update. */
type Blocks = Record<"where" | "patch" | "replace" | "add" | "remove", JsonObject>;

/** Makes an item of a row, with every fault that can be found without the server. */
export function itemOf(row: FileRow, rules: ItemRules): Item {
  const { key, fields } = rules;
  const blocks: Blocks = { where: {}, patch: {}, replace: {}, add: {}, remove: {} };
  const faults: RowFault[] = [];
  const refers: string[] = [];
  let keyText: string | undefined;
  let keyValue: JsonValue | undefined;
  for (const { column, read } of valuesOf(row, rules, faults)) {
    const target = column.target as Target;
    if ("fault" in read) faults.push({ column: column.header, ...read.fault });
    else {
      const isKey = isSame(target, key);
      if (isKey && read.value !== null && read.value !== "") {
        keyValue = read.value as JsonValue;
        keyText = keyOf(target, read.value);
        blocks.where[target.field] =
          target.path.length === 0 ? keyValue : { [pointer(...target.path)]: keyValue };
      }
      // A property is a value of the record too; a field is set by the `where` of an upsert.
      if (!isKey || target.path.length > 0) put(blocks, column, read.value, faults);
      if (target.policy.refers === rules.type) refers.push(String(read.value));
    }
  }
  if (key !== undefined && keyValue === undefined && faults.length === 0) {
    faults.push({
      column: keyColumn(rules)?.header,
      code: "required",
      message: `the row has no ${writeTarget({ ...key, type: undefined })}, so it names no record`,
    });
  }
  const input = key === undefined ? asCreated(blocks) : filled(blocks);
  if (faults.length === 0) {
    const parsed = key === undefined ? parseCreate(fields, input) : parseUpsert(fields, input);
    faults.push(...parsed.faults.map((fault) => rowFault(fault, key === undefined, rules)));
  }
  return { row, input, key: keyText, refers, faults };
}

/** Whether a column is for the same value as the key. */
const isSame = (target: Target, key: Target | undefined): boolean =>
  target.field === key?.field &&
  target.op === "set" &&
  target.path.length === key.path.length &&
  target.path.every((name, i) => name === key.path[i]);

/** The column of the key. */
export const keyColumn = ({ columns, key }: Pick<ItemRules, "columns" | "key">): Column | undefined =>
  columns.find(({ target }) => target && isSame(target, key));

/** The values of a new record that an upsert would make. */
const asCreated = ({ patch, replace, add }: JsonObject): JsonObject => ({
  ...(patch as JsonObject | undefined),
  ...(replace as JsonObject | undefined),
  ...(add as JsonObject | undefined),
});

/** The fault of a row that an export of changes marked as deleted. It must not make a new record. */
const deletedFault = (column: string): RowFault => ({
  column,
  code: "read_only",
  message: "the record is deleted; an import neither deletes nor restores",
});

/** The values of a row that are imported. */
function* valuesOf(
  row: FileRow,
  rules: ItemRules,
  faults: RowFault[],
): Generator<{ column: Column; read: Read }> {
  const { columns, columnOf, key } = rules;
  const isImported = ({ target, by }: Column) => target && (by !== "read-only" || isSame(target, key));
  if ("cells" in row) {
    const { cells } = row;
    if (cells.slice(columns.length).some((cell) => cell !== "")) {
      const message = `the row has ${cells.length} cells, more than the header with ${columns.length}`;
      faults.push({ column: undefined, code: "too_many", message });
    }
    for (const [i, column] of columns.entries()) {
      if (column.target?.field === "deletedAt" && (cells[i] ?? "") !== "")
        faults.push(deletedFault(column.header));
      const read = isImported(column) ? readCell(column, cells[i] ?? "", rules) : undefined;
      if (read) yield { column, read };
    }
    return;
  }
  for (const { pointer: at, code, message } of row.faults) {
    faults.push({ column: segments(at)[0], code, message: `${at} ${message}`.trim() });
  }
  if (row.faults.length > 0) return;
  if (!isObject(row.value)) {
    faults.push({ column: undefined, code: "invalid_type", message: "is not a JSON object" });
    return;
  }
  for (const [name, value] of Object.entries(row.value)) {
    const column = columnOf(name);
    if (!column) faults.push({ column: name, code: "unknown_field", message: "is not a known field" });
    else if (column.target?.field === "deletedAt" && value !== null) faults.push(deletedFault(name));
    else if (isImported(column)) yield { column, read: readJson(column, value, rules) };
  }
}

/** Reads a cell. @returns undefined if it leaves the value alone */
function readCell(
  { target, values }: Column,
  cell: string,
  { empty, key, reader }: ItemRules,
): Read | undefined {
  const to = target as Target;
  if (cell === "") {
    if (empty === "keep" || to.op !== "set" || isSame(to, key)) return undefined;
    if (to.policy.kind === "set") return { value: [] };
    return to.policy.nullable === false && to.path.length === 0 ? undefined : { value: null };
  }
  const text = restored(cell);
  return reader.read(to, values.get(text.trim()) ?? text);
}

/** Reads a value of a JSON file. A text for a field of another kind is read like a cell. */
function readJson({ target, values }: Column, value: unknown, { reader }: ItemRules): Read {
  const to = target as Target;
  if (typeof value !== "string") return { value };
  const meant = values.get(value) ?? value;
  return to.path.length > 0 || to.policy.kind === "text" ? { value: meant } : reader.read(to, meant);
}

/** Puts a value into the block where it belongs. */
function put(blocks: Blocks, { header, target }: Column, value: unknown, faults: RowFault[]): void {
  const { field, policy, path, op } = target as Target;
  if (op !== "set") blocks[op][field] = value as string[];
  else if (path.length === 0) {
    // A JSON object is the whole value, as in every other column. A patch would merge it.
    const block = policy.kind === "json" && value !== null ? blocks.replace : blocks.patch;
    if (Object.hasOwn(blocks.patch, field) && isObject(value)) {
      faults.push({
        column: header,
        code: "ambiguous",
        message: `comes after a column for a part of ${field}; put it first`,
      });
    }
    block[field] = value as string;
  } else {
    const block = Object.hasOwn(blocks.replace, field) ? blocks.replace : blocks.patch;
    if (!setIn(block, [field, ...path], value)) {
      faults.push({
        column: header,
        code: "ambiguous",
        message: "is part of a value that another column gives",
      });
    }
  }
}

/** Sets a value within an object. @returns false if something else is in the way */
function setIn(object: JsonObject, path: readonly string[], value: unknown): boolean {
  const [key = "", ...rest] = path;
  const inside = Object.hasOwn(object, key) ? object[key] : undefined;
  if (rest.length === 0) {
    if (inside !== undefined) return false;
    // An assignment to `__proto__` would set the prototype, and the key would not be refused.
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    return true;
  }
  if (inside === undefined) {
    const next = {};
    Object.defineProperty(object, key, { value: next, enumerable: true, configurable: true, writable: true });
    return setIn(next, rest, value);
  }
  return isObject(inside) && setIn(inside, rest, value);
}

/** An update without empty blocks. */
const filled = (blocks: Blocks): JsonObject =>
  Object.fromEntries(Object.entries(blocks).filter(([, block]) => Object.keys(block).length > 0));

/** The normal form of the value by which a row finds its record. */
function keyOf({ policy, path }: Target, value: unknown): string | undefined {
  if (path.length > 0) return JSON.stringify(typeof value === "string" ? canonicalName(value) : value);
  const parsed = parseValue(policy, value, "", [], []);
  if (parsed === undefined || parsed === null) return undefined;
  const text = typeof parsed === "string" ? parsed : JSON.stringify(parsed);
  return policy.kind === "email" ? emailKey(text) : text;
}

/**
 * A fault at the column whose value it is about.
 * @param isNew whether its pointer leads into a new record instead of an upsert
 */
export function rowFault(
  { pointer: at, code, message }: Fault,
  isNew: boolean,
  { columns, columnOf, key }: ItemRules,
): RowFault {
  const path = segments(at);
  if (key && path[0] === "where")
    return { column: keyColumn({ columns, key })?.header ?? writeTarget(key), code, message };
  const [field, ...inside] = isNew ? path : path.slice(1);
  const found = columns
    .filter(({ target }) => target?.field === field && target?.path.every((name, i) => name === inside[i]))
    .toSorted((a, b) => (b.target?.path.length ?? 0) - (a.target?.path.length ?? 0));
  const column = found[0]?.header ?? (field === undefined ? undefined : (columnOf(field)?.header ?? field));
  return { column, code, message };
}
