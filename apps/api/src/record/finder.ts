import {
  absentTerm,
  byCodePoint,
  isWithinSpan,
  maxCount,
  meets,
  searchedOf,
  searchParts,
  searchRank,
  searchRanks,
  searchText,
  termsOf,
  type Count,
  type Findable,
  type FoundType,
  type RecordType,
  type Span,
  type StoredRecords,
} from "@roster/domain";
import { scanBudget } from "../store/queries/log.ts";
import type { Along, Place, TenantReader } from "../store/database.ts";
import type { StoredRow } from "../store/stored-row.ts";
import { served, type Sought } from "./sought.ts";

/**
 * The most entries of an index that are read to put them into another order. A condition that finds more is
 * checked on the records of a walk in the order asked for.
 */
const mostSorted = 4_000;
/** The most records read at a time while few of them match. */
const mostRead = 400;
/** The number of matches that a search looks at to fill a page that has the best ones already. */
const someSearched = 600;
/** The most entries of an index that a count looks at. */
const mostCounted = 20 * scanBudget;

/** The position of a record in a list: the part of the walk, and the place within it. */
export type Position = readonly [part: number, key: string | number, id: string];

/** A record that matches, undecoded. */
interface Item<T extends RecordType> {
  row: StoredRow<T>;
  at: Position;
}

/** Records that match, and the position to go on after; undefined at the end. */
interface Step<T extends RecordType> {
  items: Item<T>[];
  next: Position | undefined;
}

/** One part of a list: a stretch of an index. */
interface Part {
  number: number;
  along: Along;
  /** Whether positions have no key: the order is that of ids. */
  byId: boolean;
  /** Whether the stretch has other records too than those without a value to sort by. */
  absent?: boolean;
}

/** A record, and its `seq` in the order of changes. */
interface Found<R> {
  record: R;
  seq: number;
}

/**
 * Finds the records of one request. It goes along one index, and checks all other conditions on the records:
 * along the order asked for or, if a condition finds few records, along that condition's index.
 */
export class Finder<T extends RecordType> {
  readonly #reader: TenantReader;
  readonly #type: T;
  readonly #sought: Sought;
  readonly #direction: "asc" | "desc";
  #sorted: Promise<Entry[] | undefined> | undefined;
  #parts: Promise<Part[]> | undefined;
  #probes: Promise<Probe[]> | undefined;
  #matches: Promise<Match[] | undefined> | undefined;

  constructor(reader: TenantReader, type: T, sought: Sought, direction: "asc" | "desc") {
    this.#reader = reader;
    this.#type = type;
    this.#sought = sought;
    this.#direction = direction;
  }

  /** The next records after a position, at most `limit`. Reads a bounded number of entries of indexes. */
  async step(after: Position | undefined, limit: number): Promise<Step<T>> {
    const sorted = await (this.#sorted ??= this.#sortFew());
    if (sorted) return this.#fromSorted(sorted, after, limit);
    if (this.#sought.order.by !== "rank") return this.#walkOn(after, limit);
    const matches = await (this.#matches ??= this.#matchFew());
    return matches ? this.#fromMatches(matches, after, limit) : this.#searchOn(after, limit);
  }

  /** Counts the records that match: exactly, unless there are many or the index has very many entries. */
  async count(): Promise<Count> {
    const sorted = await (this.#sorted ??= this.#sortFew());
    if (sorted) return { count: sorted.length, exact: true };
    const found = new Set<string>();
    let looked = 0;
    for await (const { records, entries } of this.#all()) {
      // Whatever else this step found, there are at least those found before it.
      if (looked >= mostCounted && entries > 0) return { count: found.size, exact: false };
      for (const record of records) if (this.#fitsFilter(record)) found.add(record.id);
      if (found.size > maxCount) return { count: maxCount, exact: false };
      looked += entries;
    }
    return { count: found.size, exact: true };
  }

  /** All records that may match, with the fields that decide it. */
  async *#all(): AsyncGenerator<{ records: StoredRecords[T][]; entries: number }> {
    const { words } = this.#sought;
    if (words.length > 0) {
      const parts = searchParts(words, "anywhere");
      for (let after: number | undefined = 0; after !== undefined;) {
        const { items, next } = await this.#reader.search(this.#type, parts, after, scanBudget);
        const numbers = items
          .filter(({ text }) => searchRank(words, text) !== undefined)
          .map(({ number }) => number);
        const rows = await this.#reader.findRows(this.#type, "number", numbers);
        yield { records: rows.map(({ record }) => record), entries: items.length };
        after = next;
      }
      return;
    }
    const [best] = await this.#probed();
    for (const along of best?.alongs ?? [{ by: "id" } as const]) {
      for (let after: Place | undefined, more = true; more;) {
        const fields = this.#deciding();
        const query = { along, order: "asc", after, limit: scanBudget, fields } as const;
        const entries = await this.#reader.walk(this.#type, query);
        const records = entries.flatMap(({ record }) => (record ? [record] : []));
        yield { records, entries: entries.length };
        after = entries.at(-1)?.place;
        more = entries.length === scanBudget;
      }
    }
  }

  /** The criteria that an index serves, those with the fewest entries first. */
  #probed(): Promise<Probe[]> {
    return (this.#probes ??= this.#probe());
  }

  async #probe(): Promise<Probe[]> {
    const { criteria, deleted } = this.#sought;
    const probed: Probe[] = [];
    for (const one of criteria) {
      const alongs = served(one, deleted);
      if (!alongs) continue;
      let entries = 0;
      for (const along of alongs)
        if (entries < mostSorted)
          entries += await this.#reader.entries(this.#type, along, mostSorted - entries);
      probed.push({ alongs, entries });
    }
    return probed.toSorted((a, b) => a.entries - b.entries);
  }

  /** The fields that decide whether and where a record is in the list. */
  #deciding(): string[] {
    const { criteria, words, order } = this.#sought;
    return [
      ...new Set([
        "id",
        "deletedAt",
        ...criteria.flatMap(({ by }) => by.from),
        ...("value" in order ? order.value.from : []),
        ...(words.length > 0 ? ["number", ...searchedOf(this.#type as FoundType)] : []),
      ]),
    ];
  }

  #fitsFilter(record: StoredRecords[T]): boolean {
    const { deleted, criteria } = this.#sought;
    return (deleted !== false || record.deletedAt === null) && meets(record, criteria);
  }

  /** Whether a record matches. */
  fits(record: StoredRecords[T]): boolean {
    return this.#fitsFilter(record) && (this.#sought.words.length === 0 || this.#rank(record) !== undefined);
  }

  /** Most lists have no condition that needs the decoded record. */
  #fitsRow(row: StoredRow<T>): boolean {
    const { deleted, criteria, words } = this.#sought;
    if (criteria.length > 0 || words.length > 0) return this.fits(row.record);
    return deleted !== false || row.text("deletedAt") === null;
  }

  #rank(record: StoredRecords[T]): number | undefined {
    const rank = searchRank(this.#sought.words, searchText(this.#type as FoundType, record));
    return rank === undefined ? undefined : searchRanks.indexOf(rank);
  }

  /** The whole list in order, if it is of few records; undefined if it has to be read along its order. */
  async #sortFew(): Promise<Entry[] | undefined> {
    const { ids } = this.#sought;
    if (ids) {
      const rows = await this.#reader.findRows(this.#type, "id", [...new Set(ids)]);
      return this.#sort(rows.map(({ record }) => ({ record, seq: 0 })));
    }
    const [best] = await this.#probed();
    if (!best || best.entries >= mostSorted) return undefined;
    const found = new Map<string, Found<StoredRecords[T]>>();
    for (const along of best.alongs) {
      const limit = 2 * mostSorted;
      const query = { along, order: "asc", limit, fields: this.#deciding() } as const;
      for (const { record, seq } of await this.#reader.walk(this.#type, query))
        if (record) found.set(record.id, { record, seq });
    }
    return this.#sort([...found.values()]);
  }

  #sort(found: readonly Found<StoredRecords[T]>[]): Entry[] {
    const sign = this.#isDescending() ? -1 : 1;
    return found
      .filter(({ record }) => this.fits(record))
      .map((one) => ({ id: one.record.id, at: this.#positionOf(one) }))
      .toSorted(({ at: a }, { at: b }) => compare(a, b, sign));
  }

  /** The best matches always come first. */
  #isDescending(): boolean {
    return this.#direction === "desc" && this.#sought.order.by !== "rank";
  }

  #positionOf({ record, seq }: Found<StoredRecords[T]>): Position {
    const { order } = this.#sought;
    const { id } = record;
    switch (order.by) {
      case "id":
        return [0, "", id];
      case "log":
        return [0, seq, id];
      case "rank":
        return [this.#rank(record) ?? 0, numberOf(record), id];
      case "column": {
        const [value] = order.value.read(record);
        return value === null ? [1, "", id] : [0, value as string | number, id];
      }
      case "terms": {
        const term = this.#sortTerm(order.value, record);
        return term === undefined ? [1, "", id] : [0, term, id];
      }
    }
  }

  /**
   * The term that gives a record its place. A property can be a list: the first value counts that the filter
   * looks for.
   */
  #sortTerm(by: Findable, record: StoredRecords[T]): string | undefined {
    const span = by.policy.kind === "json" ? this.#spanOf(by.index) : undefined;
    return termsOf(by, record).find((term) => !span || isWithinSpan(term, span));
  }

  /** The only span of terms of an index that the filter allows. */
  #spanOf(index: string): Span | undefined {
    const own = this.#sought.criteria.find(({ by, spans }) => by.index === index && spans.length === 1);
    return own?.spans[0];
  }

  async #fromSorted(sorted: readonly Entry[], after: Position | undefined, limit: number): Promise<Step<T>> {
    const sign = this.#isDescending() ? -1 : 1;
    const start = after ? sorted.findIndex(({ at }) => compare(at, after, sign) > 0) : 0;
    const some = start < 0 ? [] : sorted.slice(start, start + limit);
    const places = new Map(some.map(({ id, at }) => [id, at]));
    const rows = await this.#reader.findRows(this.#type, "id", [...places.keys()]);
    return {
      // A record may have changed since the list was sorted.
      items: rows.flatMap((row) =>
        this.#fitsRow(row) ? [{ row, at: places.get(row.field("id")) as Position }] : [],
      ),
      next: start >= 0 && start + limit < sorted.length ? some.at(-1)?.at : undefined,
    };
  }

  /** The parts of the list in the order asked for. */
  async #inOrder(): Promise<Part[]> {
    const { order } = this.#sought;
    if (order.by === "id" || order.by === "rank") {
      // The records with one term are in the order of ids.
      const exact = (await this.#probed()).flatMap(({ alongs }) => (alongs.length === 1 ? alongs : []));
      const along = exact.find((one) => one.by === "terms" && one.span[0] === one.span[1]);
      return [{ number: 0, along: along ?? { by: "id" }, byId: true }];
    }
    const span = this.#spanOf(order.by === "log" ? "updatedAt" : order.value.index);
    if (order.by === "log") return [{ number: 0, along: { by: "log", span }, byId: false }];
    const { value } = order;
    const valued: Along =
      order.by === "column"
        ? { by: "column", field: value.name, span }
        : { by: "terms", index: value.index, span: span ?? ["", absentTerm] };
    const first: Part = { number: 0, along: valued, byId: false };
    // Every record has a value, or the filter requires one.
    if (span || value.absent === "" || value.policy.nullable === false) return [first];
    const last: Part = {
      number: 1,
      along:
        order.by === "terms" && value.absent !== undefined
          ? { by: "terms", index: value.index, span: [value.absent, value.absent] }
          : { by: "id" },
      byId: true,
      absent: true,
    };
    return [first, last];
  }

  async #walkOn(after: Position | undefined, limit: number): Promise<Step<T>> {
    const found: Item<T>[] = [];
    let latest = after;
    let budget = scanBudget;
    let size = limit + 1;
    for (const part of await (this.#parts ??= this.#inOrder())) {
      if (latest && latest[0] > part.number) continue;
      for (let more = true; more;) {
        const place: Place | undefined = latest?.[0] === part.number ? [latest[1], latest[2]] : undefined;
        // At the end of the budget, one entry is read to find out whether there are more.
        const most = Math.min(Math.max(budget, 1), size);
        const query = { along: part.along, order: this.#direction, after: place, limit: most } as const;
        const entries = await this.#reader.walkRows(this.#type, query);
        if (budget === 0 && entries.length > 0) return { items: found, next: latest };
        for (const { record: row, place: there } of entries) {
          const [key, id] = there;
          const at: Position = [part.number, part.byId ? "" : key, id];
          if (row && this.#fitsRow(row) && this.#isPlaced(row, part, key)) {
            if (found.length === limit) return { items: found, next: found.at(-1)?.at };
            found.push({ row, at });
          }
          latest = at;
        }
        more = entries.length === most;
        budget -= entries.length;
        size = Math.max(limit + 1 - found.length, Math.min(2 * size, mostRead));
      }
    }
    return { items: found, next: undefined };
  }

  /** Whether a record that a walk finds has its place there. */
  #isPlaced(row: StoredRow<T>, { absent = false, byId }: Part, key: string | number): boolean {
    const { order } = this.#sought;
    if (!("value" in order)) return true;
    if (absent) return order.value.read(row.record).every((value) => value === null);
    return byId || order.value.policy.kind !== "json" || this.#sortTerm(order.value, row.record) === key;
  }

  /** All that a search finds, the best matches first, if it is of few records. */
  async #matchFew(): Promise<Match[] | undefined> {
    const { words } = this.#sought;
    const few = await this.#reader.searchFew(this.#type, searchParts(words, "anywhere"));
    return few
      ?.flatMap(({ number, text }) => {
        const rank = searchRank(words, text);
        return rank ? [{ number, rank: searchRanks.indexOf(rank) }] : [];
      })
      .toSorted((a, b) => a.rank - b.rank || a.number - b.number);
  }

  async #fromMatches(
    matches: readonly Match[],
    after: Position | undefined,
    limit: number,
  ): Promise<Step<T>> {
    const items: Item<T>[] = [];
    const isAfter = ({ rank, number }: Match): boolean =>
      !after || rank > after[0] || (rank === after[0] && number > (after[1] as number));
    const rest = matches.filter(isAfter);
    for (let start = 0, size = limit + 1; start < rest.length; start += size, size = mostRead) {
      const some = new Map(rest.slice(start, start + size).map(({ number, rank }) => [number, rank]));
      for (const row of await this.#reader.findRows(this.#type, "number", [...some.keys()])) {
        const { record } = row;
        if (!this.#fitsFilter(record)) continue;
        if (items.length === limit) return { items, next: items.at(-1)?.at };
        items.push({ row, at: [some.get(numberOf(record)) ?? 0, numberOf(record), record.id] });
      }
    }
    return { items, next: undefined };
  }

  /** The next records that a search finds, the best matches first. */
  async #searchOn(after: Position | undefined, limit: number): Promise<Step<T>> {
    const { words } = this.#sought;
    const found: Item<T>[] = [];
    let budget = scanBudget;
    let size = 2 * limit;
    for (const [rank, name] of searchRanks.entries()) {
      if (after && after[0] > rank) continue;
      const parts = searchParts(words, name);
      let number: number | undefined = after?.[0] === rank ? (after[1] as number) : 0;
      while (number !== undefined) {
        const { items, next } = await this.#reader.search(this.#type, parts, number, Math.min(budget, size));
        const fitting = items.filter(({ text }) => searchRank(words, text) === name).map((one) => one.number);
        for (const row of await this.#reader.findRows(this.#type, "number", fitting)) {
          const { record } = row;
          if (!this.#fitsFilter(record)) continue;
          if (found.length === limit) return { items: found, next: found.at(-1)?.at };
          found.push({ row, at: [rank, numberOf(record), record.id] });
        }
        number = next;
        size = Math.min(2 * size, mostRead);
        budget -= items.length;
        const enough = found.length > 0 ? scanBudget - someSearched : 0;
        if (budget <= enough && next !== undefined)
          return { items: found, next: [rank, next, found.at(-1)?.at[2] ?? ""] };
      }
    }
    return { items: found, next: undefined };
  }
}

/** The stretches of an index that serve a criterion, and how many entries they have, up to a limit. */
interface Probe {
  alongs: Along[];
  entries: number;
}

/** The number that orders the matches of a search. */
const numberOf = (record: object): number => ("number" in record ? (record.number as number) : 0);

/** A record that a search finds. */
interface Match {
  number: number;
  rank: number;
}

interface Entry {
  id: string;
  at: Position;
}

/** Compares positions; within a part, in the direction of the sign. */
function compare([partA, keyA, idA]: Position, [partB, keyB, idB]: Position, sign: number): number {
  if (partA !== partB) return partA - partB;
  if (keyA !== keyB)
    return typeof keyA === "number" && typeof keyB === "number"
      ? sign * (keyA - keyB)
      : sign * byCodePoint(String(keyA), String(keyB));
  return sign * byCodePoint(idA, idB);
}
