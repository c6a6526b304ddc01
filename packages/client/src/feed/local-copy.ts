import {
  customerFields,
  fieldsWhere,
  userFields,
  type Customer,
  type CommonFilter,
  type CustomerFilter,
  type Fields,
  type Page,
  type User,
  type UserFilter,
} from "@roster/domain";
import type { RosterClient } from "../client.ts";
import { abortError } from "../abort.ts";
import { backOff, mayRetry } from "../retry.ts";
import { feedOf } from "./watch.ts";

/** The record types that can be copied, and their filters. */
interface Copied {
  /** Inherited values are left out, because they change with other customers. */
  customer: { record: Omit<Customer, "computedProperties" | "computedMapping">; filter: CustomerFilter };
  user: { record: User; filter: UserFilter };
}

export interface LocalCopyOptions<Filter, Record> {
  /** Selects records, as in a list; default: all live ones. */
  filter?: Filter | undefined;
  /** Ends the copy. */
  signal?: AbortSignal | undefined;
  /**
   * Called when a record is added or changed, or with undefined when it leaves the copy. Not called for the
   * initial records.
   */
  changed?: ((id: string, record: Record | undefined) => void) | undefined;
}

/** A copy of records that is kept up to date. */
export interface LocalCopy<Record> {
  /** The records by id. The map object stays the same. */
  readonly records: ReadonlyMap<string, Record>;
  /** The copy contains all changes up to this position. */
  readonly seq: number;
  /**
   * Resolves when the copy contains all changes up to a position, such as `next` of a page of `change.list`.
   * @throws AbortError if the copy ends first, and whatever `ended` rejects with
   */
  reaches(seq: number): Promise<void>;
  /** Resolves when the copy ends. Rejects if Roster refuses to continue it. */
  readonly ended: Promise<void>;
  end(): void;
}

/** The number of records read per request. */
const most = 100;

/**
 * Copies a filtered list and keeps it up to date: it starts watching, reads the list once, and then reads
 * changed records again. Roster decides whether a record belongs to the copy, by the same filter. Lost
 * connections and server restarts only delay the copy.
 *
 * @returns once all records are present
 * @throws if Roster refuses; AbortError if the signal aborts first
 */
export async function localCopy<Type extends keyof Copied>(
  client: RosterClient,
  type: Type,
  options: LocalCopyOptions<Copied[Type]["filter"], Copied[Type]["record"]> = {},
): Promise<LocalCopy<Copied[Type]["record"]>> {
  type Record = Copied[Type]["record"];
  const { changed, signal } = options;
  const filter: CommonFilter = options.filter ?? {};
  const inherited = fieldsWhere(fields[type], ({ computed }) => computed);
  const records = new Map<string, Record>();
  const list = client[type].list as unknown as List<Record>;

  const feed = feedOf(client, { types: [type], ...(filter.ids && { ids: filter.ids }) }, { signal });
  // The feed's position before the list is read. Later changes may be in the list already and come again.
  const first = await feed.next();
  if (!first) throw abortError(signal?.reason);
  let seq = first.seq;
  /** The position that the feed has reported. */
  let told = seq;
  const dirty = new Set<string>();
  let reading: Promise<void> | undefined;
  /** Aborts requests in flight. */
  const ending = new AbortController();
  const waiting = new Set<{ seq: number; resolve(): void }>();
  let finish: (error?: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    finish = (error) => (error ? reject(error) : resolve());
  });

  const read = async (narrowed: object): Promise<Record[]> => {
    const found: Record[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const input = { filter: narrowed, limit: most, fresh: true, ...(cursor !== undefined && { cursor }) };
      const { items, nextCursor } = await persistently(
        () => list.query(input, { signal: ending.signal }),
        ending.signal,
      );
      for (const record of items) {
        for (const name of inherited) delete (record as { [name: string]: unknown })[name];
        found.push(record);
      }
      cursor = nextCursor;
    }
    return found;
  };
  const refresh = async (): Promise<void> => {
    while (dirty.size > 0) {
      const ids = [...dirty].slice(0, most);
      for (const id of ids) dirty.delete(id);
      const found = new Map((await read({ ...filter, ids })).map((record) => [record.id, record]));
      for (const id of ids) put(id, found.get(id));
    }
    reading = undefined;
    reach(told);
  };
  const put = (id: string, record: Record | undefined): void => {
    if (!record && !records.delete(id)) return;
    if (record) records.set(id, record);
    changed?.(id, record);
  };
  const reach = (upTo: number): void => {
    seq = Math.max(seq, upTo);
    for (const waiter of waiting) {
      if (waiter.seq > seq) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };
  const follow = async (): Promise<void> => {
    for (let event = await feed.next(); event; event = await feed.next()) {
      const { change } = event;
      told = event.seq;
      const known = change && records.get(change.recordId);
      if (change && !(known && known.version >= change.version)) dirty.add(change.recordId);
      if (dirty.size > 0) reading ??= refresh().catch(stop);
      else if (!reading) reach(told);
    }
  };
  const stop = (error?: unknown): void => {
    feed.end();
    ending.abort();
    signal?.removeEventListener("abort", end);
    finish(error as Error | undefined);
  };
  const end = () => stop();
  signal?.addEventListener("abort", end);
  // Prevents an unhandled rejection if the caller does not use `ended`.
  ended.catch(() => undefined);

  try {
    for (const record of await read(filter)) records.set(record.id, record);
  } catch (error) {
    stop(error);
    throw signal?.aborted ? abortError(signal.reason) : error;
  }
  void follow().then(() => stop(), stop);
  return {
    records,
    get seq() {
      return seq;
    },
    reaches: (upTo) =>
      upTo <= seq
        ? Promise.resolve()
        : Promise.race([
            ended.then(() => Promise.reject(abortError(signal?.reason))),
            new Promise<void>((resolve) => waiting.add({ seq: upTo, resolve })),
          ]),
    ended,
    end,
  };
}

const fields: { [Type in keyof Copied]: Fields } = { customer: customerFields, user: userFields };

interface List<Record> {
  query(input: object, options: { signal: AbortSignal }): Promise<Page<Record>>;
}

/** Repeats a request until it is answered, however long Roster is unreachable. `ask` must heed the signal. */
async function persistently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await ask();
    } catch (error) {
      if (!mayRetry({ type: "query", input: undefined }, error)) throw error;
      await pause(backOff(failed), signal);
    }
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
