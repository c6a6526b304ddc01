import {
  criteriaOf,
  customerListSchema,
  fieldsWhere,
  isUuid,
  meets,
  parseBySchema,
  userListSchema,
  type ChangeEntry,
  type ChangePage,
  type Criterion,
  type CustomerFilter,
  type Fields,
  type JsonObject,
  type JsonValue,
  type Page,
  type UserFilter,
} from "@roster/domain";
import { abortError } from "../abort.ts";
import type { RosterClient } from "../client.ts";
import { isDenied } from "../errors.ts";
import { feedOf } from "../feed/watch.ts";
import { writeCell } from "./cell.ts";
import { writeCsv } from "./csv.ts";
import { FileError } from "./file-error.ts";
import { fieldsOf, type FileType } from "./import-records.ts";
import { KeyTable } from "./key-table.ts";
import { ahead, persistently } from "./persistently.ts";
import { RecordsAt, type History, type JsonRecord } from "./record-at.ts";
import { parseTarget, writeTarget, type Target } from "./target.ts";

export interface ExportOptions {
  type: FileType;
  /** CSV with a header, or JSON Lines. Default CSV. */
  format?: "csv" | "jsonl" | undefined;
  /** Conditions on fields, as of a list. Default: all live records. */
  filter?: CustomerFilter | UserFilter | undefined;
  /**
   * Only records that changed after this position of the change log, with those that were deleted since. Not
   * together with a filter.
   */
  since?: number | undefined;
  /** The columns, such as `name` or `properties.plan`. Default: the id, what an import can set, and the version. */
  fields?: readonly string[] | undefined;
  /** Separates the cells of CSV. Default a comma. */
  delimiter?: string | undefined;
  progress?: ((progress: { rows: number; rowsPerSecond: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** An export that has begun. */
export interface Export {
  /** The position of the change log of which the export shows the records; `since` of the next one. */
  seq: number;
  /** The text of the file, piece by piece. Throws what calls throw. */
  text: AsyncGenerator<string>;
}

interface ListCalls {
  list: { query(input: JsonObject, options: { signal?: AbortSignal | undefined }): Promise<Page<object>> };
  history: History;
}

/** The most records of a page, and the most ids of a filter. */
const most = { page: 200, ids: 100 };

/**
 * Exports customers or users in constant memory, apart from some 20 bytes for each record with `filter` or
 * `since`.
 *
 * The export shows the records as they were at one position of the change log, its `seq`, whatever is changed
 * while it runs. Records that are erased while it runs are left out. A parent or customer is named by its own
 * `providedId` if it has one, so that the file can be imported elsewhere.
 *
 * @throws FileError if the options are wrong; what calls throw if Roster refuses
 */
export async function exportRecords(client: RosterClient, options: ExportOptions): Promise<Export> {
  const { type, since, filter, signal } = options;
  const fields = fieldsOf[type];
  const columns = columnsOf(fields, options);
  const criteria = filter && criteriaFor(type, filter);
  if (filter && since !== undefined) throw new FileError("an export of changes has no filter");
  const calls = client[type] as unknown as ListCalls;
  // In this order: a change after the position is no older than the newest change before it.
  const newest = await newestChange(calls, signal);
  const seq = await positionOf(client, type, signal);
  if (since !== undefined && since > seq)
    throw new FileError(`the change log ends at ${seq}, before ${since}`);
  const customers = client.customer as unknown as ListCalls;
  const then = (history: History) => new RecordsAt(history, seq, newest, signal);
  const reading: Reading = { client, type, calls, at: then(calls.history), signal };
  const pages =
    since !== undefined
      ? changedBetween(reading, since, seq)
      : criteria
        ? matching(reading, filter as JsonObject, criteria, seq)
        : everything(reading, await newestChange(calls, signal));
  return {
    seq,
    text: written(pages, new CustomerNames(customers, then(customers.history), signal), columns, options),
  };
}

/** The source of an export: the records to read and the client that reads them. */
interface Reading {
  client: RosterClient;
  type: FileType;
  calls: ListCalls;
  at: RecordsAt;
  signal: AbortSignal | undefined;
}

/** The columns of the file. */
function columnsOf(fields: Fields, { fields: chosen, since }: ExportOptions): Target[] {
  const names = chosen ?? [
    "id",
    ...fieldsWhere(fields, ({ access }) => access === "write"),
    "version",
    ...(since === undefined ? [] : ["deletedAt"]),
  ];
  const problems: string[] = [];
  const targets = names.flatMap((name): Target[] => {
    const target = parseTarget(fields, name);
    if (typeof target === "string") problems.push(target);
    else if (target.policy.computed)
      problems.push(`${target.field} depends on other records and cannot be exported`);
    else if (target.op !== "set") problems.push(`${name} is not a value`);
    // A value below a JSON field can be of any type, so its cells are JSON or plain text.
    else return [target.path.length > 0 ? { ...target, type: "json" } : target];
    return [];
  });
  const places = targets.map((target) => writeTarget({ ...target, type: undefined }));
  const repeated = new Set(places.filter((place, i) => places.indexOf(place) < i));
  for (const place of repeated) problems.push(`the column ${place} is named more than once`);
  if (names.length === 0) problems.push("an export has at least one column");
  if (problems.length > 0) throw new FileError(...problems);
  return targets;
}

const schemas = { customer: customerListSchema, user: userListSchema };

function criteriaFor(type: FileType, filter: object): Criterion[] {
  for (const name of ["ids", "namePrefix", "changedSince", "deleted", "groupTag"]) {
    if (Object.hasOwn(filter, name))
      throw new FileError(`an export has conditions on fields, and ${name} is none`);
  }
  const { value, faults } = parseBySchema(schemas[type], { filter });
  if (faults.length > 0)
    throw new FileError(...faults.map(({ pointer, message }) => `${pointer}: ${message}`));
  return criteriaOf(type, (value as { filter: Record<string, unknown> }).filter);
}

/** The instant of the newest change of a record of the type, in milliseconds. */
async function newestChange(calls: ListCalls, signal: AbortSignal | undefined): Promise<number> {
  const input = { filter: { deleted: "any" }, sort: "updatedAt", order: "desc", limit: 1, fresh: true };
  const { items } = await calls.list.query(input, { signal });
  const [record] = items as { updatedAt: Date }[];
  return record ? record.updatedAt.getTime() : -Infinity;
}

/** The present position of the change log. */
async function positionOf(
  client: RosterClient,
  type: FileType,
  signal: AbortSignal | undefined,
): Promise<number> {
  const feed = feedOf(client, { types: [type] }, { signal });
  try {
    const event = await feed.next();
    if (!event) throw abortError(signal?.reason);
    return event.seq;
  } finally {
    feed.end();
  }
}

type Pages = AsyncGenerator<JsonRecord[], void>;

/** All pages of a list. */
async function* pagesOf({ list }: ListCalls, input: JsonObject, signal: AbortSignal | undefined): Pages {
  for (let cursor: string | null = ""; cursor !== null;) {
    const asked = { ...input, limit: most.page, fresh: true, ...(cursor !== "" && { cursor }) };
    const page: Page<object> = await persistently(() => list.query(asked, { signal }), signal);
    yield page.items.map(encoded);
    cursor = page.nextCursor;
  }
}

/** A record as plain JSON; a client reads instants as Dates. */
const encoded = (record: object): JsonRecord =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Date ? value.toISOString() : (value as JsonValue),
    ]),
  ) as JsonRecord;

/** The records of a page as they were, without those that did not exist. */
const shownAt = async (at: RecordsAt, page: readonly JsonRecord[]): Promise<JsonRecord[]> =>
  (await Promise.all(page.map((record) => at.show(record)))).filter((record) => record !== undefined);

const isLive = (record: JsonRecord): boolean => record["deletedAt"] === null;

/** The greatest difference between clocks of nodes, in milliseconds. */
const skew = 60_000;

/**
 * All records that were live. The list is in the order of creation, in which no record moves, and includes
 * deleted ones, so that no change to a record keeps it out of the list.
 *
 * @param latest an instant, in milliseconds, after which no record was created that existed
 */
async function* everything({ calls, at, signal }: Reading, latest: number): Pages {
  for await (const page of pagesOf(calls, { filter: { deleted: "any" }, sort: "createdAt" }, signal)) {
    const shown = await shownAt(
      at,
      page.filter((record) => isLive(record) || at.mayDiffer(record)),
    );
    yield shown.filter(isLive);
    // So that records which are created faster than they are read do not keep the export from ending.
    const [first] = page;
    if (first && Date.parse(first["createdAt"] as string) > latest + skew) return;
  }
}

/**
 * The records that were live and matched. A change while the list is read can move a record into the list or
 * out of it, so what changed meanwhile is looked at again.
 */
async function* matching(
  reading: Reading,
  filter: JsonObject,
  criteria: readonly Criterion[],
  seq: number,
): Pages {
  const { client, type, calls, at, signal } = reading;
  const seen = new KeyTable();
  const fits = (record: JsonRecord) => isLive(record) && meets(record, criteria) && !seen.add(record.id);
  for await (const page of pagesOf(calls, { filter }, signal)) yield (await shownAt(at, page)).filter(fits);
  const end = await positionOf(client, type, signal);
  for await (const page of changedBetween(reading, seq, end)) yield page.filter(fits);
}

/** The records that changed after one position and up to another, as `at` shows them, deleted or not. */
async function* changedBetween(
  { client, type, calls, at, signal }: Reading,
  from: number,
  to: number,
): Pages {
  const seen = new KeyTable();
  for (let after = from; after < to;) {
    const input = { after, types: [type] as const, limit: 1_000 };
    const page: ChangePage<ChangeEntry> = await persistently(
      () => client.change.list.query(input, { signal }),
      signal,
    );
    const ids = page.items
      .filter((entry) => entry.seq <= to && !seen.add(entry.recordId))
      .map(({ recordId }) => recordId);
    for (let start = 0; start < ids.length; start += most.ids) {
      const filter = { ids: ids.slice(start, start + most.ids), deleted: "any" };
      for await (const records of pagesOf(calls, { filter }, signal)) yield await shownAt(at, records);
    }
    after = page.next;
  }
}

/** The text of the file. */
async function* written(
  pages: Pages,
  customers: CustomerNames,
  columns: readonly Target[],
  { format = "csv", delimiter = ",", progress }: ExportOptions,
): AsyncGenerator<string> {
  const names = columns.map(writeTarget);
  const begun = Date.now();
  let rows = 0;
  if (format === "csv") yield writeCsv(names, delimiter);
  for await (const page of ahead(pages)) {
    await customers.name(page, columns);
    yield page
      .map((record) => {
        const values = columns.map(({ field, path }) => valueAt(record[field], path));
        if (format === "csv") {
          return writeCsv(
            columns.map(({ policy, path }, i) => writeCell(policy, path, values[i])),
            delimiter,
          );
        }
        // A null would remove the key when it is imported.
        const shown = names.flatMap((name, i) =>
          values[i] === null && columns[i]?.path.length ? [] : [[name, values[i]] as const],
        );
        return `${JSON.stringify(Object.fromEntries(shown))}\n`;
      })
      .join("");
    rows += page.length;
    progress?.({ rows, rowsPerSecond: (rows * 1_000) / Math.max(Date.now() - begun, 1) });
  }
}

/** The value at a path within a JSON field; undefined if there is none. */
function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let part = value;
  for (const key of path) {
    const inside = typeof part === "object" && part !== null && !Array.isArray(part) ? part : {};
    part = Object.hasOwn(inside, key) ? inside[key] : undefined;
  }
  return part;
}

/** Names customers that records refer to by the caller's own id where they have one, instead of by Roster's. */
class CustomerNames {
  readonly #calls: ListCalls;
  readonly #at: RecordsAt;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, string>();
  /** Whether the token may not read customers, so that ids stay. */
  #denied = false;

  constructor(calls: ListCalls, at: RecordsAt, signal: AbortSignal | undefined) {
    this.#calls = calls;
    this.#at = at;
    this.#signal = signal;
  }

  async name(records: readonly JsonRecord[], columns: readonly Target[]): Promise<void> {
    const fields = columns.filter(({ policy }) => policy.refers === "customer").map(({ field }) => field);
    const ids = records.flatMap((record) => fields.flatMap((field) => record[field] ?? [])) as string[];
    await this.#learn([...new Set(ids)].filter((id) => !this.#known.has(id)));
    for (const record of records) {
      for (const field of fields) {
        const id = record[field];
        if (typeof id === "string") record[field] = this.#known.get(id) ?? id;
      }
    }
  }

  async #learn(ids: readonly string[]): Promise<void> {
    if (this.#known.size > mostNames) this.#known.clear();
    for (let from = 0; from < ids.length && !this.#denied; from += most.ids) {
      const filter = { ids: ids.slice(from, from + most.ids), deleted: "any" };
      try {
        for await (const page of pagesOf(this.#calls, { filter }, this.#signal)) {
          for (const record of await shownAt(this.#at, page)) {
            const { id, providedId } = record;
            // The id of a deleted customer can be another's by now, and one like an id of Roster would be
            // taken for one.
            const isName = typeof providedId === "string" && !isUuid(providedId) && isLive(record);
            this.#known.set(id, isName ? providedId : id);
          }
        }
      } catch (error) {
        if (!isDenied(error)) throw error;
        this.#denied = true;
      }
    }
  }
}

/** The most names that are kept in memory. */
const mostNames = 50_000;
