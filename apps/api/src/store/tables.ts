import {
  caseFolded,
  emailKey,
  isJsonObject,
  isStored,
  recordTypes,
  segments,
  type Change,
  type Field,
  type FieldKind,
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

/** One kind of row in `search_terms`: terms of a record, besides its own columns, that list filters match. */
interface TermSource<R> {
  /** The fields that the terms are made from. */
  from: readonly (keyof R & string)[];
  read(record: R): readonly (string | null)[];
}

/** A source whose terms are the values of the field of the same name. */
const same = <R, K extends keyof R & string>(field: K): TermSource<R> => ({
  from: [field],
  read: (record) => [record[field]].flat() as (string | null)[],
});

/** A source whose terms are the values of a field, in the form by which names are found. */
const inAnyCase = <R, K extends keyof R & string>(field: K): TermSource<R> => ({
  from: [field],
  read: (record) => [record[field] === null ? null : sortName(record[field] as string)],
});

/** The email addresses that an identity provider has sent. */
function sentEmails(properties: JsonObject | null): string[] {
  const scim = properties?.["scim"];
  const emails = isJsonObject(scim) && Array.isArray(scim["emails"]) ? scim["emails"] : [];
  return emails.flatMap((email) =>
    isJsonObject(email) && typeof email["value"] === "string"
      ? [email["value"].slice(0, longestSortName)]
      : [],
  );
}

const termSources: { [T in RecordType]?: Record<string, TermSource<StoredRecords[T]>> } = {
  customer: {
    email: { from: ["email", "emails"], read: ({ email, emails }) => [email, ...emails].map(address) },
    name: {
      from: ["name", "firstName", "lastName"],
      read: ({ name, firstName, lastName }) => [sortName(name ?? fullName(firstName, lastName))],
    },
    groupTag: { from: ["groupTags"], read: ({ groupTags }) => groupTags },
    hierarchyLevel: same("hierarchyLevel"),
    parent: same("parent"),
    stripeCustomerId: same("stripeCustomerId"),
    ssoId: same("ssoId"),
    uuid: same("uuid"),
    mergedInto: same("mergedInto"),
  },
  user: {
    email: {
      from: ["email", "properties"],
      read: ({ email, properties }) => [email, ...sentEmails(properties)].map(address),
    },
    name: {
      from: ["firstName", "lastName", "username"],
      read: ({ firstName, lastName, username }) => [sortName(fullName(firstName, lastName) ?? username)],
    },
    customer: same("customer"),
    userName: inAnyCase("username"),
    displayName: inAnyCase("displayName"),
    externalId: same("externalId"),
  },
  userGroup: {
    name: { from: ["displayName"], read: ({ displayName }) => [sortName(displayName)] },
    displayName: inAnyCase("displayName"),
    externalId: same("externalId"),
    // Written with the entries of the set: see `queries/write.ts`.
    member: { from: [], read: () => [] },
  },
};

type Sources = readonly (readonly [field: string, source: TermSource<AnyRecord>])[];
const sources = new Map(
  Object.entries(termSources).map(([type, of]) => [type as RecordType, Object.entries(of) as Sources]),
);
const sourcesOf = (type: RecordType): Sources => sources.get(type) ?? [];

const address = (email: string | null): string | null => email && emailKey(email);
const fullName = (...parts: (string | null)[]): string | null => parts.filter(Boolean).join(" ") || null;
/** In code points; the rest of the name is ignored. An index entry of PostgreSQL holds 2,704 bytes. */
const longestSortName = 600;

/** The form by which names are found and sorted: without regard to case or Unicode normalization. */
export function sortName(name: string | null): string {
  const sorted = caseFolded(name ?? "");
  // Folding case can turn one letter into several, but not in usual names.
  return sorted.length <= longestSortName ? sorted : Array.from(sorted).slice(0, longestSortName).join("");
}

/** The fields of `search_terms` that a record type has. */
export const termFields = (type: RecordType): string[] => Object.keys(termSources[type] ?? {});

/** One term by which list filters find a record. */
export interface Term {
  field: string;
  term: string;
}

/** The distinct terms of a record. */
export const terms = (type: RecordType, record: AnyRecord): Term[] =>
  changedTerms(type, undefined, record).added;

/** The terms that a change removes from a record and adds to it. */
export function changedTerms(
  type: RecordType,
  before: AnyRecord | undefined,
  record: AnyRecord,
): { gone: Term[]; added: Term[] } {
  const gone: Term[] = [];
  const added: Term[] = [];
  for (const [field, { from, read }] of sourcesOf(type)) {
    if (before && from.every((name) => valueOf(before, name) === valueOf(record, name))) continue;
    const old = new Set(before ? read(before) : []);
    const now = new Set(read(record));
    for (const term of old) if (term !== null && !now.has(term)) gone.push({ field, term });
    for (const term of now) if (term !== null && !old.has(term)) added.push({ field, term });
  }
  return { gone, added };
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
