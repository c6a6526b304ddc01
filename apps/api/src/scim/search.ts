import {
  absentTerm,
  emailKey,
  foldedTerm,
  type JsonObject,
  type JsonValue,
  type StoredRecords,
} from "@roster/domain";
import type { Along, Countable, Place, TenantReader } from "../store/database.ts";
import type { ResourceType } from "./attributes.ts";
import { comparedAttribute, instantOf, readFilter, type Filter } from "./filter.ts";
import { memberPages } from "./group-members.ts";
import { fits, keyOf, valuesAt } from "./match.ts";
import { readPath, type Path } from "./path.ts";
import { ScimError } from "./scim-error.ts";

/**
 * Lists (RFC 7644, section 3.4.2). An equality that an index serves finds the candidates, which the whole filter
 * then decides on. Without one, all records are looked at, if they are few enough.
 */

export interface ListQuery {
  filter?: string | undefined;
  sortBy?: string | undefined;
  descending: boolean;
  /** From 1. */
  startIndex: number;
  count: number;
}

/** The maximum number of records read for a filter or an order without an index. */
const maxScanned = 10_000;
/** The maximum number of changes read to find the records that changed since an instant. */
const maxChanges = 50_000;
const step = 500;

/** The records of a type, to search in. */
export interface Source<T extends Countable> {
  reader: TenantReader;
  type: T;
  /** The number of live records. */
  count(): Promise<number>;
  resourceType: ResourceType;
  /** The resources of records, with the attributes that a filter or an order looks at. */
  resources(records: readonly StoredRecords[T][], filter: Filter | undefined): Promise<JsonObject[]>;
}

/** @throws ScimError invalidFilter, invalidPath or tooMany */
export async function search<T extends Countable>(
  source: Source<T>,
  { filter: written, sortBy, descending, startIndex, count }: ListQuery,
): Promise<{ total: number; records: StoredRecords[T][] }> {
  const { resourceType } = source;
  const filter = written === undefined ? undefined : readFilter(written, resourceType);
  const sort = sortBy === undefined ? undefined : sortPath(sortBy, resourceType);
  if (!filter && (!sort || (isOrderOfCreation(sort) && !descending))) {
    const total = await source.count();
    return { total, records: await sliceOf(source, total, startIndex - 1, count) };
  }
  const candidates = await candidatesOf(source, filter);
  const fitting: { record: StoredRecords[T]; resource: JsonObject }[] = [];
  for (let at = 0; at < candidates.length; at += step) {
    const records = candidates.slice(at, at + step);
    const resources = await source.resources(records, filter);
    for (const [i, record] of records.entries()) {
      const resource = resources[i] as JsonObject;
      if (!filter || fits(filter, resource)) fitting.push({ record, resource });
    }
    // A long search must not hold up other requests.
    if (at + step < candidates.length) await new Promise(setImmediate);
  }
  if (sort) {
    const keys = new Map(fitting.map((one) => [one, sortKey(one.resource, sort)]));
    fitting.sort((a, b) => compare(keys.get(a), keys.get(b)) * (descending ? -1 : 1));
  }
  const page = fitting.slice(startIndex - 1, startIndex - 1 + count);
  return { total: fitting.length, records: page.map(({ record }) => record) };
}

/** A page of all records. Those in the latter half are looked for from the end. */
async function sliceOf<T extends Countable>(
  { reader, type }: Source<T>,
  total: number,
  offset: number,
  count: number,
): Promise<StoredRecords[T][]> {
  const length = Math.min(count, total - offset);
  if (length <= 0) return [];
  return offset <= total / 2
    ? reader.slice(type, offset, length)
    : reader.slice(type, total - offset - length, length, "desc");
}

/** @throws ScimError invalidPath */
function sortPath(written: string, type: ResourceType): Path {
  const path = readPath(written, type);
  if (path.urn === undefined && !path.attribute)
    throw new ScimError("invalidPath", `there is no attribute ${written} to sort by`);
  return path;
}

const isOrderOfCreation = ({ name, sub }: Path): boolean =>
  name === "id" || (name === "meta" && sub === "created");

const withoutSub = ({ sub: _, ...path }: Path): Path => path;

type Key = string | number | boolean | undefined;

/** The value to sort by: of a list, that of the primary element, or else of the first. */
function sortKey(resource: JsonObject, path: Path): Key {
  const attribute = comparedAttribute(path);
  const key = keyOf(attribute?.type, attribute?.caseExact ?? false);
  if (!path.attribute?.multiValued) return key(valuesAt(resource, path, true)[0]);
  const elements = valuesAt(resource, withoutSub(path), false) as JsonObject[];
  const first = elements.find(({ primary }) => primary === true) ?? elements[0];
  return key(first?.[path.sub ?? "value"]);
}

/** Resources without a value come last, and first in descending order (RFC 7644, section 3.4.2.3). */
function compare(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}

/** A way to candidates by an index. */
type Lookup =
  | { ids: readonly string[] }
  /** The records with this term in an index. */
  | { index: string; term: string }
  | { username: string }
  | { members: string }
  | { since: string };

/**
 * The lookups that together find all records that can fit; undefined if no index finds them.
 * @param list the list that has the element that the filter is about
 */
function lookupsOf(filter: Filter, list?: string): Lookup[] | undefined {
  switch (filter.op) {
    case "and": {
      const [left, right] = [lookupsOf(filter.left, list), lookupsOf(filter.right, list)];
      const isExact = left?.every((one) => !("since" in one));
      return left && (isExact || !right) ? left : (right ?? left);
    }
    case "or": {
      const [left, right] = [lookupsOf(filter.left, list), lookupsOf(filter.right, list)];
      return left && right && [...left, ...right];
    }
    case "element":
      return filter.path.urn === undefined ? lookupsOf(filter.filter, filter.path.name) : undefined;
    case "eq": {
      const { urn, name, sub = "value" } = filter.path;
      if (list !== undefined) return name === "value" ? byValue(list, filter.value) : undefined;
      return urn === undefined && sub === "value" ? byValue(name, filter.value) : undefined;
    }
    case "gt":
    case "ge": {
      const { urn, name, sub } = filter.path;
      if (urn !== undefined || name !== "meta" || sub !== "lastModified") return undefined;
      return [{ since: new Date(instantOf(filter.value)).toISOString() }];
    }
    default:
      return undefined;
  }
}

/** The lookups of a value, by the attribute that has it. */
const lookupsBy: Record<string, (text: string) => Lookup[]> = {
  id: (text) => [{ ids: [text] }],
  // A user without a username is shown with its id in its place.
  userName: (text) => [{ index: "userName", term: foldedTerm(text) }, { username: text }, { ids: [text] }],
  displayName: (text) => [{ index: "displayName", term: foldedTerm(text) }],
  externalId: (text) => [{ index: "externalId", term: text }],
  emails: (text) => [{ index: "emails", term: emailKey(text) }],
  members: (text) => [{ index: "member", term: text }],
  groups: (text) => [{ members: text }],
};

function byValue(name = "", value: JsonValue): Lookup[] | undefined {
  if (value === null || typeof value === "object") return undefined;
  return Object.hasOwn(lookupsBy, name) ? lookupsBy[name]?.(String(value)) : undefined;
}

/**
 * Whether the index that a lookup needs may lack records of an earlier release while the indexes are being
 * built. A migration has filled in usernames in ASCII, and no record is older than the indexes of other values.
 */
const isPartial = (lookup: Lookup): boolean =>
  "index" in lookup &&
  (lookup.index === "emails" || (lookup.index === "userName" && /[^ -~]/.test(lookup.term)));

/** The lookups, unless one of them needs an index that is still being built after an upgrade. */
async function served(
  reader: TenantReader,
  type: Countable,
  lookups: Lookup[] | undefined,
): Promise<Lookup[] | undefined> {
  if (!lookups?.some(isPartial)) return lookups;
  return (await reader.builds(type)).some(({ name }) => name === "") ? undefined : lookups;
}

/** The records that can fit, in the order of creation. @throws ScimError tooMany */
async function candidatesOf<T extends Countable>(
  { reader, type, count }: Source<T>,
  filter: Filter | undefined,
): Promise<StoredRecords[T][]> {
  const lookups = filter && (await served(reader, type, lookupsOf(filter)));
  const found = new Map<string, StoredRecords[T]>();
  const add = (records: readonly StoredRecords[T][]) => {
    for (const record of records) found.set(record.id, record);
    if (found.size > maxScanned) throw tooMany("the filter selects", filter);
  };
  const changesOnly = lookups?.some((lookup) => "since" in lookup) === true;
  if (!lookups || (changesOnly && (await count()) <= maxScanned)) {
    const total = await count();
    if (total > maxScanned) throw tooMany(`no index serves this request, and there are ${total}`, filter);
    for (let at = 0; at < total; at += step) add(await reader.slice(type, at, step));
  } else {
    for (const lookup of lookups) await lookUp(reader, type, lookup, add);
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const tooMany = (reason: string, filter: Filter | undefined): ScimError =>
  new ScimError(
    "tooMany",
    `${reason}: more than ${maxScanned} resources; ${filter ? "add an equality of id, userName, externalId, displayName, emails.value, members or groups" : "leave out sortBy"}`,
  );

async function lookUp<T extends Countable>(
  reader: TenantReader,
  type: T,
  lookup: Lookup,
  add: (records: readonly StoredRecords[T][]) => void,
): Promise<void> {
  if ("ids" in lookup) return add(await reader.findAll(type, lookup.ids));
  if ("members" in lookup) {
    if (type !== "user") return;
    for await (const members of memberPages(reader, lookup.members, step)) {
      const ids = members.map(({ id }) => id);
      add(await reader.findAll(type, ids));
    }
    return;
  }
  if ("username" in lookup) {
    const named = { field: "username", value: lookup.username } as const;
    const user = type === "user" && (await reader.find("user", named));
    return user ? add([user as StoredRecords[T]]) : undefined;
  }
  const bySince = "since" in lookup;
  const along: Along = bySince
    ? { by: "log", span: [lookup.since, absentTerm] }
    : { by: "terms", index: lookup.index, span: [lookup.term, lookup.term] };
  let read = 0;
  for (let after: Place | undefined, more = true; more;) {
    const entries = await reader.walk(type, { along, order: "asc", after, limit: step });
    add(entries.flatMap(({ record }) => (record?.deletedAt === null ? [record] : [])));
    after = entries.at(-1)?.place;
    more = entries.length === step;
    read += entries.length;
    if (bySince && read > maxChanges && more) throw tooMany("too much has changed since", undefined);
  }
}
