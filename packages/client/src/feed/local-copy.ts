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

/** The records that can be copied, and what they can be narrowed by. */
interface Copied {
  /** Without what a customer inherits: that changes with other customers. */
  customer: { record: Omit<Customer, "computedProperties" | "computedMapping">; filter: CustomerFilter };
  user: { record: User; filter: UserFilter };
}

export interface LocalCopyOptions<Filter, Record> {
  /** Which records, as in a list; default all live ones. */
  filter?: Filter | undefined;
  /** Ends it. */
  signal?: AbortSignal | undefined;
  /** A record is new or has changed; or, where there is none, it is not in the copy any more. Not called for the first of them. */
  changed?: ((id: string, record: Record | undefined) => void) | undefined;
}

/** Records as Roster has them, kept up to date. */
export interface LocalCopy<Record> {
  /** By their ids. The same map all the time. */
  readonly records: ReadonlyMap<string, Record>;
  /** All changes up to here are in it. */
  readonly seq: number;
  /**
   * Returns when all changes up to one are in it, such as `next` of a page of `change.list`.
   * @throws an AbortError when the copy is ended before, and what `ended` throws
   */
  reaches(seq: number): Promise<void>;
  /** When it is not kept up to date any more. @throws when Roster refuses to go on with it */
  readonly ended: Promise<void>;
  end(): void;
}

/** How many records are read again at a time. */
const most = 100;

/**
 * Makes a copy of a filtered list, and keeps it up to date: it begins to watch, reads the list once, and
 * from then on reads again what has changed. Whether a record belongs to it Roster decides, by the same
 * filter. Connections that are lost, servers that restart and the like only make it late.
 *
 * @returns when all records are there
 * @throws when Roster refuses, and an AbortError when the signal ends it before
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
  // How far the feed is before the list is read: what comes after may be in it, and comes again.
  const first = await feed.next();
  if (!first) throw abortError(signal?.reason);
  let seq = first.seq;
  /** How far the feed has told. */
  let told = seq;
  const dirty = new Set<string>();
  let reading: Promise<void> | undefined;
  /** Ends what is being read. */
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
  // Who does not ask how it has ended need not hear of it.
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

/** Asks until there is an answer, however long Roster cannot be reached; `ask` is to heed the signal. */
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
