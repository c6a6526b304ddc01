import type { JsonObject, JsonValue } from "@roster/domain";
import { exportRecords } from "@roster/client/import";
import { createClient } from "@roster/client";
import type { History } from "../history.ts";
import { computed, without, type Shown, type Type } from "../model.ts";
import { valueAt } from "../pointers.ts";
import { must, same } from "../wrong.ts";

/** Lists, counts, searches and exports say the same as the records one by one. */

const idsOf = (records: readonly JsonObject[]): string[] => records.map(({ id }) => id as string);
const byCreation = (a: Shown, b: Shown): number => (a.id < b.id ? -1 : 1);

/** Reads all live records of a type in pages, and compares them with what is known. @returns them as they are shown now */
export async function checkList({ door, model, random }: History, type: Type): Promise<Shown[]> {
  const limit = 1 + random.below(60);
  const listed = await door.all<Shown>(`${type}.list`, { limit });
  const known = model
    .live(type)
    .map(({ id }) => model.current(id))
    .toSorted(byCreation);
  const own = (records: readonly Shown[]) => records.map((record) => without(record, ...computed));
  same(own(listed), own(known), `the list of ${type}s`);
  const gone = (
    await door.all<Shown>(`${type}.list`, { limit, filter: { deleted: true }, sort: "createdAt" })
  ).filter(({ id }) => model.records.get(id)?.erased === false);
  const deleted = model.of(type).filter(({ id, erased }) => !erased && model.current(id).deletedAt !== null);
  const expected = deleted.map(({ id }) => model.current(id)).toSorted(byCreation);
  same(own(gone), own(expected), `the deleted ${type}s`);
  return listed;
}

interface Condition {
  filter: JsonObject;
  fits(record: Shown): boolean;
}

const text = (value: JsonValue | undefined): string => (value as string).normalize("NFC");
/** As readers see them, without regard to case. */
const folded = (value: JsonValue | undefined): string =>
  text(value).toUpperCase().toLowerCase().replaceAll("ß", "ss").replaceAll("i\u0307", "i").normalize("NFC");

/** Texts compared as they are, those compared without regard to case, ordered values, and sets. */
const exact: Record<Type, string[]> = {
  customer: [
    "uuid",
    "ssoId",
    "addressCountry",
    "identityNumber",
    "accessGroup",
    "hierarchyLevel",
    "providedId",
    "referenceId",
  ],
  user: ["country", "externalId", "customer", "username"],
  userGroup: ["externalId"],
};
const caseless: Record<Type, string[]> = {
  customer: ["firstName", "lastName", "job", "addressCity"],
  user: ["firstName", "lastName", "organization", "title", "displayName"],
  userGroup: ["displayName"],
};
const ordered: Record<Type, string[]> = {
  customer: ["dateOfBirth", "timestamp", "number"],
  user: ["birthday", "lastSeen", "number"],
  userGroup: [],
};
/** Instants of Roster's own are for orders only: which ones are equal differs each time. */
const assigned = ["createdAt", "updatedAt"];

/** A random condition that at least one of the records fits, if any has a value. */
function conditionOf({ random }: History, type: Type, records: readonly Shown[]): Condition | undefined {
  const kind = random.pick(["exact", "caseless", "ordered", "prefix", "set"] as const);
  const fields = kind === "set" ? ["groupTags"] : { exact, caseless, ordered, prefix: caseless }[kind][type];
  if (fields.length === 0) return undefined;
  const field = random.pick(fields);
  const values = records
    .map((record) => record[field])
    .filter((value) => value !== null && value !== undefined && value !== "");
  if (values.length === 0 || (kind === "set" && type !== "customer")) return undefined;
  const [value, other] = [random.pick(values) as JsonValue, random.pick(values) as JsonValue];
  switch (kind) {
    case "exact":
      return {
        filter: { [field]: { in: [value, other] } },
        fits: (record) => record[field] === value || record[field] === other,
      };
    case "caseless":
      return {
        filter: { [field]: value },
        fits: (record) => record[field] !== null && folded(record[field]) === folded(value),
      };
    case "ordered": {
      const operator = random.pick(["gte", "gt", "lte", "lt"] as const);
      const bound = value as string;
      const holds = {
        gte: (own: string) => own >= bound,
        gt: (own: string) => own > bound,
        lte: (own: string) => own <= bound,
        lt: (own: string) => own < bound,
      }[operator];
      return {
        filter: { [field]: { [operator]: value } },
        fits: (record) => record[field] !== null && holds(record[field] as string),
      };
    }
    case "prefix": {
      const start = text(value).slice(0, 2);
      return {
        filter: { [field]: { startsWith: start } },
        fits: (record) => record[field] !== null && folded(record[field]).startsWith(folded(start)),
      };
    }
    case "set": {
      const [tag] = value as string[];
      if (tag === undefined) return undefined;
      return {
        filter: { groupTags: { contains: tag } },
        fits: (record) => (record["groupTags"] as string[]).includes(tag),
      };
    }
  }
}

/** Random conditions and orders find what a loop over all records finds. */
export async function checkFilter(history: History, type: Type, records: readonly Shown[]): Promise<void> {
  const { door, random } = history;
  const conditions = [
    conditionOf(history, type, records),
    random.chance(0.5) ? conditionOf(history, type, records) : undefined,
  ];
  const used = conditions.filter((condition) => condition !== undefined);
  if (used.length === 0) return;
  const filter = Object.assign({}, ...used.map((condition) => condition.filter)) as JsonObject;
  if (Object.keys(filter).length < used.length) return;
  const found = records.filter((record) => used.every(({ fits }) => fits(record)));
  const sort = random.pick([...ordered[type], ...caseless[type], ...assigned]);
  const order = random.pick(["asc", "desc"]);
  const input = { filter, sort, order };
  const listed = await door.all<Shown>(`${type}.list`, {
    ...input,
    limit: 1 + random.below(20),
    count: true,
  });
  same(idsOf(listed).toSorted(), idsOf(found).toSorted(), `the ${type}s that fit ${JSON.stringify(filter)}`);
  checkOrder(listed, sort, order, `the list of ${type}s by ${JSON.stringify(input)}`);
  const { count, exact: isExact } = await door.ask(`${type}.count`, { filter });
  same([count, isExact], [found.length, true], `the count of ${JSON.stringify(filter)}`);
}

/** Records without a value come last; equal ones are in the order of creation, or against it. */
function checkOrder(listed: readonly Shown[], sort: string, order: string, what: string): void {
  const isWhole = sort.endsWith("At") || sort === "number";
  const keyOf = (record: Shown): unknown => {
    const value = record[sort] ?? null;
    return isWhole || value === null ? value : folded(value);
  };
  for (const [i, next] of listed.entries()) {
    const before = listed[i - 1];
    if (!before) continue;
    const [a, b] = [keyOf(before), keyOf(next)] as [string | null, string | null];
    const isAscending = a === b ? before.id < next.id : a !== null && b !== null && a < b;
    // Changes of one millisecond are in the order in which they were stored.
    if (a === b && sort === "updatedAt") continue;
    const isRight = a === b || (a !== null && b !== null) ? isAscending === (order === "asc") : b === null;
    must(isRight, `${what} has ${before.id} with ${a} before ${next.id} with ${b}`);
  }
}

/** Conditions on properties that have an index find what a loop over all customers finds. */
export async function checkProperties({ door, random }: History, customers: readonly Shown[]): Promise<void> {
  const indexes = (await door.look("customer.indexes")) as unknown as { name: string; state: string }[];
  for (const { name, state } of indexes) {
    if (state !== "ready") continue;
    const place = name.slice("properties".length);
    const valuesAt = (customer: Shown): JsonValue[] => {
      const found = valueAt((customer["properties"] ?? {}) as JsonObject, place);
      return (Array.isArray(found) ? found : [found ?? null]).filter(
        (value) => value !== null && typeof value !== "object",
      );
    };
    // A filter cannot ask for an empty text.
    const all = customers.flatMap(valuesAt).filter((value) => value !== "");
    const value = all.length > 0 && random.chance(0.8) ? random.pick(all) : null;
    const fits = (customer: Shown) =>
      value === null ? valuesAt(customer).length === 0 : valuesAt(customer).includes(value);
    const filter = { properties: { [place]: value } };
    const listed = await door.all<Shown>("customer.list", { filter, limit: 1 + random.below(20) });
    same(
      idsOf(listed).toSorted(),
      idsOf(customers.filter(fits)).toSorted(),
      `the customers that fit ${JSON.stringify(filter)}`,
    );
  }
}

const searched: Record<"customer" | "user", string[]> = {
  customer: [
    "providedId",
    "referenceId",
    "uuid",
    "ssoId",
    "stripeCustomerId",
    "name",
    "firstName",
    "lastName",
    "email",
    "emails",
    "identityNumber",
    "job",
    "address",
    "addressCity",
    "groupTags",
  ],
  user: ["username", "email", "firstName", "lastName", "location", "organization", "title", "displayName"],
};

/** A search for a mark, or for letters of one, finds the records that have them in a searched value. */
export async function checkSearch(
  { door, random }: History,
  type: "customer" | "user",
  records: readonly Shown[],
): Promise<void> {
  const textOf = (record: Shown) =>
    searched[type].flatMap((name) => record[name] as string | null | string[]).join(" ");
  const marks = records.flatMap((record) => textOf(record).match(/zq\d+q/g) ?? []);
  if (marks.length === 0) return;
  const mark = random.pick(marks);
  const letters = random.chance(0.5) ? mark : mark.slice(1);
  const found = records.filter((record) => textOf(record).includes(letters));
  const listed = await door.all<Shown>(`${type}.list`, { search: letters, limit: 1 + random.below(20) });
  same(idsOf(listed).toSorted(), idsOf(found).toSorted(), `the ${type}s with the letters ${letters}`);
}

/** An export has each live record once, as the list shows it. */
export async function checkExport(
  { door }: History,
  type: "customer" | "user",
  records: readonly Shown[],
): Promise<void> {
  const { url, token } = door.server;
  const { text: pieces } = await exportRecords(createClient({ url, token }), { type, format: "jsonl" });
  let whole = "";
  for await (const piece of pieces) whole += piece;
  const rows = whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonObject);
  const named = ["parent", "customer"];
  const expected = records.map((record) => without(record, ...named));
  const names = Object.keys(rows[0] ?? {}).filter((name) => !named.includes(name));
  same(
    rows.map((row) => without(row, ...named)),
    expected.map((record) => Object.fromEntries(names.map((name) => [name, record[name]]))),
    `the export of ${type}s`,
  );
}

/** The overview counts the live records. */
export async function checkOverview({ door, model }: History): Promise<void> {
  const { records } = await door.look("stats.overview", {});
  const count = (type: Type) => ({ count: model.live(type).length, exact: true });
  same(
    records,
    { customers: count("customer"), users: count("user"), userGroups: count("userGroup") },
    "the overview",
  );
}
