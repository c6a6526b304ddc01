import {
  recordTypes,
  type Field,
  type JsonObject,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";

/** How one stored field of a record becomes a column. */
export interface Column {
  field: string;
  name: string;
  policy: Field;
}

/** The table of one record type, derived from its field policy. */
export interface Table {
  type: RecordType;
  name: string;
  columns: readonly Column[];
  byField: ReadonlyMap<string, Column>;
  /** Unique fields other than the id. A deleted record frees those that callers write. */
  unique: readonly Column[];
}

const snake = (camel: string): string => camel.replaceAll(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());

function table(type: RecordType): Table {
  const fields: Record<string, Field> = recordTypes[type];
  const columns = Object.entries(fields)
    .filter(([, policy]) => !policy.computed)
    .map(([field, policy]) => ({ field, name: snake(field), policy }));
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
export const isJson = ({ policy }: Column): boolean => policy.kind === "json" || policy.kind === "set";
/** Whether a unique value counts only while its record is live. */
export const isFreedByDelete = ({ policy }: Column): boolean => policy.access !== "read";

/** Rows of `search_terms`: by which words a record is found in lists, besides its own columns. */
const termsOf: { [T in RecordType]?: Record<string, (record: StoredRecords[T]) => (string | null)[]> } = {
  customer: {
    email: ({ email, emails }) => [email, ...emails].map(lower),
    name: ({ name, firstName, lastName }) => [sortName(name ?? fullName(firstName, lastName))],
    groupTag: ({ groupTags }) => groupTags,
    hierarchyLevel: ({ hierarchyLevel }) => [hierarchyLevel],
    parent: ({ parent }) => [parent],
    stripeCustomerId: ({ stripeCustomerId }) => [stripeCustomerId],
    ssoId: ({ ssoId }) => [ssoId],
    uuid: ({ uuid }) => [uuid],
    mergedInto: ({ mergedInto }) => [mergedInto],
  },
  user: {
    email: ({ email }) => [lower(email)],
    name: ({ firstName, lastName, username }) => [sortName(fullName(firstName, lastName) ?? username)],
    customer: ({ customer }) => [customer],
  },
};

const lower = (text: string | null): string | null => text?.toLowerCase() ?? null;
const fullName = (...parts: (string | null)[]): string | null => parts.filter(Boolean).join(" ") || null;
/** Names are found and sorted without regard to case or to how a letter with an accent is encoded. */
export const sortName = (name: string | null): string => (name ?? "").normalize("NFKC").toLowerCase();

/** The fields under which records of a type are found by `search_terms`. */
export const termFields = (type: RecordType): string[] => Object.keys(termsOf[type] ?? {});

/** The terms of a record, as `field\0term`; nothing twice. */
export function terms(type: RecordType, record: object): Set<string> {
  const result = new Set<string>();
  for (const [field, read] of Object.entries(termsOf[type] ?? {})) {
    for (const term of (read as (record: object) => (string | null)[])(record)) {
      if (term !== null) result.add(`${field}\0${term}`);
    }
  }
  return result;
}

export type AnyRecord = StoredRecords[RecordType];
export const valueOf = (record: object, field: string): unknown => (record as unknown as JsonObject)[field];
