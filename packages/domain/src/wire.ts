import type { ChangePage, FeedEvent } from "./record/feed.ts";
import type { ChangeEntry, ChangeEntryJson, Page } from "./record/history.ts";
import type { ListPage } from "./record/list-input.ts";
import type { RecordType } from "./record-types.ts";

/**
 * Converts a value from plain JSON, the form on the wire, to the form that typed clients read. Only fields
 * with the kind `instant` are converted, so nothing inside `properties` or `mapping` is.
 */
export interface Wire<Encoded, Decoded> {
  decode(value: Encoded): Decoded;
}

/** The maximum number of calls in one tRPC batch request. */
export const maxCalls = 100;

/** The wire of values that need no conversion. */
export const plain = <T>(): Wire<T, T> => ({ decode: (value) => value });

/** The wire of an object with instants under the given names. */
export const instantsWire = <Encoded extends object, Decoded>(
  names: readonly string[],
): Wire<Encoded, Decoded> => ({
  decode(value) {
    const result = { ...value } as Record<string, unknown>;
    for (const name of names) {
      const instant = result[name];
      if (typeof instant === "string") result[name] = new Date(instant);
    }
    return result as Decoded;
  },
});

/** The fields that are text on the wire, and something else to readers. */
type Instants<Encoded, Decoded> = {
  readonly [
    Name in keyof Encoded & keyof Decoded as Encoded[Name] extends Decoded[Name] ? never : Name
  ]: true;
};

/**
 * The wire of a record. Its instants are named here because clients must not carry the field policies, which
 * would be a quarter of their size; the compiler refuses a name that is missing or wrong.
 */
export const recordWire = <Encoded extends object, Decoded>(
  instants: Instants<Encoded, Decoded>,
): Wire<Encoded, Decoded> => instantsWire(Object.keys(instants));

export const changeEntryWire: Wire<ChangeEntryJson, ChangeEntry> = instantsWire(["at"]);

export const changePageWire: Wire<ChangePage<ChangeEntryJson>, ChangePage<ChangeEntry>> = {
  decode: (page) => ({ ...page, items: page.items.map((entry) => changeEntryWire.decode(entry)) }),
};

export const feedEventWire: Wire<FeedEvent<ChangeEntryJson>, FeedEvent<ChangeEntry>> = {
  decode: ({ seq, change }) => ({ seq, change: change && changeEntryWire.decode(change) }),
};

/** The wire of the history of records of one type. */
export const historyWire = <Type extends RecordType>(): Wire<
  Page<ChangeEntryJson>,
  Page<ChangeEntry<Type>>
> => pageWire(instantsWire(["at"]));

export const pageWire = <Encoded, Decoded>(
  item: Wire<Encoded, Decoded>,
): Wire<Page<Encoded>, Page<Decoded>> => ({
  decode: (page) => ({ ...page, items: page.items.map((value) => item.decode(value)) }),
});

export const listPageWire = <Encoded, Decoded>(
  item: Wire<Encoded, Decoded>,
): Wire<ListPage<Encoded>, ListPage<Decoded>> => ({
  decode: (page) => ({ ...page, items: page.items.map((value) => item.decode(value)) }),
});

/** The wire of an object of which one property has a wire of its own. */
export const partWire = <Key extends string, Encoded, Decoded, Rest extends object>(
  key: Key,
  part: Wire<Encoded, Decoded>,
): Wire<Rest & { [K in Key]: Encoded }, Rest & { [K in Key]: Decoded }> => ({
  decode: (value) => ({ ...value, [key]: part.decode(value[key]) }),
});
