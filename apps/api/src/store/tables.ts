import {
  findables,
  foundTypes,
  isFoundType,
  isStored,
  property,
  recordTypes,
  searchedOf,
  searchText,
  segments,
  sortables,
  termsOf,
  type Change,
  type Field,
  type FieldKind,
  type Findable,
  type FoundType,
  type JsonObject,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";

/** The type of a column. Texts sort by code points; integers are the safe integers of JavaScript. */
export type ColumnType = "text" | "integer" | "boolean" | "json";

/** The column of one stored field of a record. */
export interface Column {
  field: string;
  name: string;
  type: ColumnType;
  policy: Field;
}

/** The table of one record type, derived from its field policy. */
export interface Table {
  type: RecordType;
  name: string;
  columns: readonly Column[];
  byField: ReadonlyMap<string, Column>;
  /** Unique fields other than the id. Deleting a record frees those that callers write. */
  unique: readonly Column[];
}

const columnTypes: Partial<Record<FieldKind, ColumnType>> = {
  // Instants are ISO 8601 texts in UTC: they sort chronologically and are returned exactly as stored.
  boolean: "boolean",
  integer: "integer",
  json: "json",
  set: "json",
};

/** The name of a column or table in SQL. */
export const snake = (camel: string): string =>
  camel.replaceAll(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());

function table(type: RecordType): Table {
  const fields: Record<string, Field> = recordTypes[type];
  const columns = Object.entries(fields)
    .filter(([, policy]) => isStored(policy))
    .map(([field, policy]) => ({
      field,
      name: snake(field),
      type: columnTypes[policy.kind] ?? "text",
      policy,
    }));
  return {
    type,
    name: snake(type) + "s",
    columns,
    byField: new Map(columns.map((column) => [column.field, column])),
    unique: columns.filter(({ field, policy }) => policy.unique && field !== "id"),
  };
}

export const tables = Object.fromEntries(
  (Object.keys(recordTypes) as RecordType[]).map((type) => [type, table(type)]),
) as Record<RecordType, Table>;

/** Whether a column holds JSON text. */
export const isJson = ({ type }: Column): boolean => type === "json";
/** Whether a unique value counts only while its record is live. */
export const isFreedByDelete = ({ policy }: Column): boolean => policy.access !== "read";

/** An index in `search_terms`: the terms of a record for one value. */
interface Index {
  name: string;
  from: readonly string[];
  terms(record: object): readonly string[];
}

const indexOf = (by: Findable): Index => ({
  name: by.index,
  from: by.from,
  terms: (record) => withAbsence(by, termsOf(by, record)),
});

const withAbsence = ({ absent }: Findable, terms: readonly string[]): readonly string[] =>
  terms.length === 0 && absent !== undefined ? [absent] : terms;

/** The indexes of each type of record. Values that share an index are in it once. */
const indexes = new Map<RecordType, readonly Index[]>(
  foundTypes.map((type) => {
    const all = new Map<string, Index>();
    for (const by of [...findables(type).values(), ...sortables(type).values()])
      if (by.kind === "terms" && !all.has(by.index)) all.set(by.index, indexOf(by));
    return [type, [...all.values()]];
  }),
);

const propertyIndexes = new Map<string, Index>();
/** The index of a property, by its JSON Pointer within `properties`. */
function propertyIndex(pointer: string): Index {
  let index = propertyIndexes.get(pointer);
  if (!index) {
    index = indexOf(property(pointer));
    if (propertyIndexes.size > 10_000) propertyIndexes.clear();
    propertyIndexes.set(pointer, index);
  }
  return index;
}

/** The indexes that a record has terms in. */
const indexesOf = (type: RecordType, properties: readonly string[]): readonly Index[] =>
  type === "customer" && properties.length > 0
    ? [...(indexes.get(type) ?? []), ...properties.map(propertyIndex)]
    : (indexes.get(type) ?? []);

/** One term by which list filters find a record. */
export interface Term {
  field: string;
  term: string;
}

/**
 * The distinct terms of a record.
 * @param properties the JSON Pointers of the tenant's indexed properties
 */
export const terms = (type: RecordType, record: AnyRecord, properties: readonly string[] = []): Term[] =>
  changedTerms(type, undefined, record, properties).added;

/** The terms that a change removes from a record and adds to it. */
export function changedTerms(
  type: RecordType,
  before: AnyRecord | undefined,
  record: AnyRecord,
  properties: readonly string[] = [],
): { gone: Term[]; added: Term[] } {
  const gone: Term[] = [];
  const added: Term[] = [];
  for (const { name: field, from, terms: read } of indexesOf(type, properties)) {
    if (before && from.every((name) => valueOf(before, name) === valueOf(record, name))) continue;
    const old = new Set(before ? read(before) : []);
    const now = new Set(read(record));
    for (const term of old) if (!now.has(term)) gone.push({ field, term });
    for (const term of now) if (!old.has(term)) added.push({ field, term });
  }
  return { gone, added };
}

/** The searched text of a record. */
export const textOf = (type: FoundType, record: AnyRecord): string => searchText(type, record);

/** The searched text of a record, if a change alters it. */
export function changedText(
  type: RecordType,
  before: AnyRecord | undefined,
  record: AnyRecord,
): string | undefined {
  if (!isFoundType(type)) return undefined;
  if (before && searchedOf(type).every((name) => valueOf(before, name) === valueOf(record, name)))
    return undefined;
  const text = searchText(type, record);
  return before && text === searchText(type, before) ? undefined : text;
}

export type AnyRecord = StoredRecords[RecordType];
export const valueOf = (record: object, field: string): unknown => (record as unknown as JsonObject)[field];

/** A record's unique value in a column; undefined if it has none or its deletion freed it. */
export function held(column: Column, record: AnyRecord): unknown {
  if (record.deletedAt !== null && isFreedByDelete(column)) return undefined;
  return valueOf(record, column.field) ?? undefined;
}

/** The changes of a user group's members, which have a table of their own, among those of a log entry. */
export const memberChanges = (
  type: RecordType,
  changes: readonly Change[],
): { member: string; isMember: boolean }[] =>
  type === "userGroup"
    ? changes
        .filter(({ path }) => path.startsWith("/members/"))
        .map(({ path, to }) => ({ member: segments(path)[1] as string, isMember: to !== undefined }))
    : [];
