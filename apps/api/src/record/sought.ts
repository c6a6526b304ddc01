import {
  absentTerm,
  criteriaOf,
  findables,
  indexedProperties,
  isFoundType,
  nameForms,
  property,
  refusal,
  searchWords,
  sortable,
  sortables,
  type Criterion,
  type Fault,
  type Findable,
  type FoundType,
  type ParsedFind,
  type RecordType,
  type Span,
  type StoredRecords,
  type Unfit,
} from "@roster/domain";
import { readCountry, readPhone, readPhoneStart } from "@roster/domain/formats";
import type { View } from "../store/commit/state.ts";
import type { Along, IndexBuild, Place, TenantReader } from "../store/database.ts";

/** The criteria and the order of a list or a count, read from its request. */

/** The order of a list: of an index or, for a search, of how well records match. */
export type Order =
  | { by: "id" }
  | { by: "rank" }
  | { by: "log" }
  | { by: "column" | "terms"; value: Findable };

/** The name of an order. */
export const nameOf = (order: Order): string =>
  "value" in order ? order.value.name : { id: "createdAt", log: "updatedAt", rank: "rank" }[order.by];

export interface Sought {
  ids: readonly string[] | undefined;
  /** `"any"`: live and deleted records. */
  deleted: boolean | "any";
  criteria: readonly Criterion[];
  /** The words to search for; empty for none. */
  words: readonly string[];
  order: Order;
}

/** Reads a request. @throws RosterError INVALID if no index serves a condition, or no record can meet it */
export async function readSought(
  reader: TenantReader,
  tenant: number,
  type: RecordType,
  { filter = {}, search }: ParsedFind,
  sort?: string,
): Promise<Sought> {
  const {
    ids,
    deleted = false,
    namePrefix,
    changedSince,
    groupTag,
    ...conditions
  } = filter as {
    ids?: readonly string[];
    deleted?: boolean | "any";
    namePrefix?: string;
    changedSince?: string;
    groupTag?: string;
  };
  if (!isFoundType(type)) return { ids, deleted, criteria: [], words: [], order: { by: "id" } };
  const short = (name: string, condition: unknown, at: string): Criterion[] =>
    criteriaOf(type, { [name]: condition }).map((one) => ({ ...one, pointer: `/filter/${at}` }));
  const criteria = [
    ...(namePrefix === undefined ? [] : short("name", { startsWith: namePrefix }, "namePrefix")),
    ...(changedSince === undefined ? [] : short("updatedAt", { gte: changedSince }, "changedSince")),
    ...(groupTag === undefined ? [] : short("groupTags", groupTag, "groupTag")),
    ...criteriaOf(type, conditions),
    ...(deleted === true ? criteriaOf(type, { deletedAt: { present: true } }) : []),
  ];
  const order = orderOf(type, criteria, ids ? "createdAt" : sort, search !== undefined);
  const own =
    criteria.length > 0 || isProperty(order)
      ? await reader.find("tenant", { field: "number", value: tenant })
      : undefined;
  const faults: Fault[] = [];
  const sought: Sought = {
    ids,
    deleted,
    criteria: await known(reader, own, type, criteria, faults),
    words: search === undefined ? [] : searchWords(search),
    order: "value" in order && isProperty(order) ? { ...order, value: marked(own, order.value) } : order,
  };
  await refuseUnserved(reader, type, sought, faults);
  return sought;
}

type Tenant = StoredRecords["tenant"] | undefined;

/** Whether the order is that of a property. */
const isProperty = (order: Order): boolean => "value" in order && order.value.policy.kind === "json";

/** A property, with no index if the tenant has not marked it. */
const marked = (own: Tenant, by: Findable): Findable =>
  indexedProperties(own?.propertiesSchema ?? null).some((place) => by.index === `properties${place}`)
    ? by
    : { ...by, kind: undefined };

/**
 * The criteria as records have their values, and with no index for properties that the tenant has not marked.
 *
 * @param faults receives those of phones and countries that no record can have
 */
function known(
  reader: TenantReader,
  own: Tenant,
  type: FoundType,
  criteria: readonly Criterion[],
  faults: Fault[],
): Promise<Criterion[]> {
  return Promise.all(
    criteria.map(async (one) =>
      one.property
        ? { ...one, by: marked(own, one.by) }
        : one.by.policy.apart
          ? byIndex(reader, type, one)
          : stored(reader, own?.defaultCountry ?? null, one, faults),
    ),
  );
}

/** How many entries of an index are read at a time. */
const indexStep = 1_000;

/** A criterion on a set that is kept apart: only the index shows which records have an entry. */
async function byIndex(reader: TenantReader, type: FoundType, one: Criterion): Promise<Criterion> {
  const found = new Map<string, string[]>();
  for (const span of one.spans) {
    const along = { by: "terms", index: one.by.index, span } as const;
    for (let after: Place | undefined, more = true; more;) {
      const query = { along, order: "asc", after, limit: indexStep, fields: ["id"] } as const;
      const entries = await reader.walk(type, query);
      for (const { place } of entries)
        found.set(place[1], [...(found.get(place[1]) ?? []), String(place[0])]);
      after = entries.at(-1)?.place;
      more = entries.length === indexStep;
    }
  }
  return { ...one, by: { ...one.by, read: (record) => found.get((record as { id: string }).id) ?? [] } };
}

/** Whether a criterion allows a range of terms. */
const isRange = ({ spans }: Criterion): boolean => spans.length === 1 && spans[0]?.[0] !== spans[0]?.[1];

/**
 * The order: of the field that the request names; else of how well a search matches; else of the first field
 * with a range; else of creation.
 */
function orderOf(
  type: FoundType,
  criteria: readonly Criterion[],
  sort: string | undefined,
  isSearch: boolean,
): Order {
  const range = criteria.find(
    (one) => isRange(one) && !one.property && sortables(type).get(one.by.name)?.index === one.by.index,
  );
  const isCreation = criteria.some((one) => isRange(one) && one.by.name === "createdAt");
  if (sort === undefined && isSearch) return { by: "rank" };
  const name = sort ?? range?.by.name;
  // Without a range of instants, ids serve: they have the order of creation.
  if (name === undefined || name === "id" || (name === "createdAt" && !isCreation)) return { by: "id" };
  const value = sortable(type, name);
  if (!value?.kind) throw new Error(`${name} of ${type} has no order`);
  return value.kind === "log" ? { by: "log" } : { by: value.kind, value };
}

/**
 * A criterion with its terms as records have them: phones in E.164, names in the form that is stored.
 *
 * @param faults receives those of phones and countries that no record can have
 */
async function stored(
  reader: TenantReader,
  defaultCountry: string | null,
  one: Criterion,
  faults: Fault[],
): Promise<Criterion> {
  const { kind, refers } = one.by.policy;
  const read =
    kind === "phone"
      ? (written: string) => readPhone(written, defaultCountry)
      : kind === "country"
        ? readCountry
        : refers === "groupTag" || refers === "hierarchyLevel" || refers === "accessGroup"
          ? (written: string) => storedName(reader, refers, written)
          : undefined;
  if (!read) return one;
  const spans = await Promise.all(
    one.spans.map(async ([low, high]): Promise<Span> => {
      const isStart = kind === "phone" && low !== "" && high === low + absentTerm;
      if (low !== high && !isStart) return [low, high];
      const term = isStart ? readPhoneStart(low) : await read(low);
      if (typeof term === "string") return [term, isStart ? term + absentTerm : term];
      // A number or a code in its stored form may have been valid once.
      if (isStart || !storedForms[kind === "phone" ? kind : "country"].test(low))
        faults.push(refused(one, low, term));
      return [low, high];
    }),
  );
  return { ...one, spans };
}

const storedForms = { phone: /^\+\d+$/, country: /^[A-Z]{2}$/ };

/** The fault of a value that no record can have. */
function refused({ by, pointer }: Criterion, written: string, { code, message }: Unfit): Fault {
  const isDecoded = by.policy.kind === "phone" && written.startsWith(" ");
  return { pointer, code, message: isDecoded ? `${message}; in a URL query, %2B means +` : message };
}

/** Names may be stored in another Unicode normal form. */
async function storedName(
  reader: TenantReader,
  type: "groupTag" | "hierarchyLevel" | "accessGroup",
  name: string,
): Promise<string> {
  const [today = name, ...others] = nameForms(name);
  for (const form of others) {
    if (await reader.find(type, { field: "name", value: today })) break;
    if (await reader.find(type, { field: "name", value: form })) return form;
  }
  return today;
}

/** The stretches of an index that have all records that meet a criterion; undefined if no index does. */
export function served({ by, spans }: Criterion, deleted: Sought["deleted"]): Along[] | undefined {
  const wanted: readonly Span[] =
    spans.length > 0 ? spans : by.absent === undefined ? [] : [[by.absent, by.absent]];
  if (wanted.length === 0 || by.kind === undefined) return undefined;
  if (by.kind === "log") return wanted.map((span) => ({ by: "log", span }));
  if (by.kind === "terms") return wanted.map((span) => ({ by: "terms", index: by.index, span }));
  // The index of a value that callers write has no deleted records.
  if (spans.length === 0 || (by.policy.access !== "read" && deleted !== false)) return undefined;
  return wanted.map((span) => ({ by: "column", field: by.name, span }));
}

/** The message about an index that is being built; undefined if it is not. */
function progressOf(builds: readonly IndexBuild[], name: string): string | undefined {
  const build = builds.find((one) => one.name === name);
  if (!build || build.phase === "drop") return undefined;
  return `its index is being built: ${build.done} of about ${build.total} records are in it; try again later`;
}

/** The fault of a key within the properties of a record that no index finds; undefined if one does. */
export function unservedKey(view: View, type: RecordType, place: string, at: string): Fault | undefined {
  const { index } = property(place);
  const message = view.isIndexed(place) ? progressOf(view.builds(type), index) : noPropertyIndex;
  if (message === undefined) return undefined;
  return { pointer: at, code: message === noPropertyIndex ? "no_index" : "index_building", message };
}

const noPropertyIndex =
  'has no index: mark the property with "x-roster-index": true in the properties schema';

/**
 * @param faults those of the conditions so far
 * @throws RosterError INVALID with these faults, and if a condition or the order needs an index that is not there
 */
async function refuseUnserved(
  reader: TenantReader,
  type: FoundType,
  { ids, deleted, criteria, words, order }: Sought,
  faults: Fault[],
): Promise<void> {
  const needsTerms =
    words.length > 0 || order.by === "terms" || criteria.some(({ by }) => by.kind === "terms");
  const builds = needsTerms ? await reader.builds(type) : [];
  const all = progressOf(builds, "");
  const unserved: Fault[] = [];
  let isServed = ids !== undefined || words.length > 0;
  for (const one of criteria) {
    const { by, property: ofProperty, pointer } = one;
    const building = ofProperty ? progressOf(builds, by.index) : by.kind === "terms" ? all : undefined;
    if (building !== undefined) faults.push({ pointer, code: "index_building", message: building });
    else if (served(one, deleted)) isServed = true;
    else unserved.push({ pointer, code: "no_index", message: reasonOf(type, one, deleted) });
  }
  if (!isServed) faults.push(...unserved);
  if (all !== undefined && words.length > 0)
    faults.push({ pointer: "/search", code: "index_building", message: all });
  if (order.by === "terms") {
    const building = isProperty(order) ? progressOf(builds, order.value.index) : all;
    if (order.value.kind === undefined)
      faults.push({ pointer: "/sort", code: "no_index", message: noPropertyIndex });
    else if (building !== undefined)
      faults.push({ pointer: "/sort", code: "index_building", message: building });
  }
  if (order.by === "column" && deleted !== false && order.value.policy.access !== "read")
    faults.push({ pointer: "/sort", code: "no_index", message: "its index has live records only" });
  if (faults.length > 0) throw refusal(faults);
}

/** The reason why no index serves a criterion, with the conditions that one would serve. */
function reasonOf(
  type: FoundType,
  { by, property: ofProperty, spans }: Criterion,
  deleted: Sought["deleted"],
): string {
  if (ofProperty) return `${noPropertyIndex}, or add a condition that has one`;
  const names = [...findables(type).values()]
    .filter(({ kind }) => kind !== undefined)
    .map(({ name }) => name);
  const others = `add a condition that has one, on ${names.join(", ")}`;
  if (spans.length === 0 && by.kind !== undefined)
    return `no index has the records without a value; ${others}`;
  if (by.kind === "column" && deleted !== false) return `its index has live records only; ${others}`;
  return `has no index; ${others}`;
}
