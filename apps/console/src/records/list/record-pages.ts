import type { AnyRecord, Kind, ListRequest } from "../kind.ts";

/** One page of a list. Pages that are far away forget their records and keep their place. */
interface LoadedPage {
  cursor: string | undefined;
  /** The row of its first record. */
  start: number;
  length: number;
  records: AnyRecord[] | undefined;
  loading: boolean;
}

const pageSize = 100;
/** The most pages that keep their records: more than any screen shows. */
const kept = 60;
/** The rows that are read ahead of those on the screen. */
const ahead = 150;

/**
 * The records of a list as rows, read page by page where somebody looks, however long the list is. Pages have
 * cursors, so that the way down is one page after the other; the way back reads by the cursors it has seen.
 */
export class RecordPages {
  private pages: LoadedPage[] = [];
  private readonly at = new Map<string, LoadedPage>();
  private readonly listeners = new Set<() => void>();
  /** Grows with each change, so that React sees it. */
  private edition = 0;
  private next: string | null | undefined;
  private reading = false;
  /** The rows that somebody looks at. */
  private looked: [first: number, last: number] = [0, 0];

  error: unknown;

  private readonly kind: Kind;
  private readonly request: ListRequest;

  constructor(kind: Kind, request: ListRequest) {
    this.kind = kind;
    this.request = request;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  readonly snapshot = (): number => this.edition;

  /** The rows that have been reached. */
  get rows(): number {
    const last = this.pages.at(-1);
    return last ? last.start + last.length : 0;
  }

  /** Whether there are rows after those. */
  get more(): boolean {
    return this.next !== null;
  }

  get isLoaded(): boolean {
    return this.pages.length > 0;
  }

  record(row: number): AnyRecord | undefined {
    const page = this.pageOf(row);
    return page?.records?.[row - page.start];
  }

  has(id: string): boolean {
    return this.at.has(id);
  }

  /** The row of a record that is loaded. */
  rowOf(id: string): number | undefined {
    const page = this.at.get(id);
    const index = page?.records?.findIndex((record) => record.id === id) ?? -1;
    return page && index >= 0 ? page.start + index : undefined;
  }

  /** All records that are loaded. */
  loaded(): AnyRecord[] {
    return this.pages.flatMap(({ records }) => records ?? []);
  }

  /** Reads what the rows from `first` to `last` need. */
  want(first: number, last: number): void {
    this.looked = [first, last];
    for (const page of this.pages)
      if (page.start <= last && page.start + page.length > first && !page.records) void this.readAgain(page);
    if (this.more && last + ahead >= this.rows) void this.readNext();
    this.forget(first, last);
  }

  /** Shows a record as it is now, in its place. */
  patch(record: AnyRecord): void {
    const page = this.at.get(record.id);
    if (!page?.records) return;
    page.records = page.records.map((one) => (one.id === record.id ? record : one));
    this.tell();
  }

  /** Takes a record out of its place. */
  drop(id: string): void {
    const page = this.at.get(id);
    if (!page?.records) return;
    page.records = page.records.filter((one) => one.id !== id);
    page.length = page.records.length;
    this.at.delete(id);
    this.restart();
    this.tell();
  }

  /**
   * Reads the first page again and forgets the others, which are read again when they are needed.
   * @returns the ids that were not there before
   */
  async reload(): Promise<string[]> {
    const { items, nextCursor } = await this.read(undefined);
    const fresh = items.filter(({ id }) => !this.at.has(id)).map(({ id }) => id);
    this.pages = [];
    this.at.clear();
    this.error = undefined;
    this.next = nextCursor;
    this.append(undefined, items);
    this.tell();
    return fresh;
  }

  /** Tries again after a failure. */
  retry(): void {
    this.error = undefined;
    this.tell();
    this.want(...this.looked);
  }

  private async readNext(): Promise<void> {
    if (this.reading || this.error !== undefined || !this.more) return;
    this.reading = true;
    try {
      // A page can be empty although others follow: the server has looked at enough of an index.
      let empty = true;
      while (empty && this.more) {
        const cursor = this.next ?? undefined;
        // oxlint-disable-next-line no-await-in-loop -- each page leads to the next
        const { items, nextCursor } = await this.read(cursor);
        this.next = nextCursor;
        this.append(cursor, items);
        empty = items.length === 0;
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.reading = false;
    }
    this.tell();
  }

  private async readAgain(page: LoadedPage): Promise<void> {
    if (page.loading || this.error !== undefined) return;
    page.loading = true;
    try {
      const { items } = await this.read(page.cursor);
      if (!this.pages.includes(page)) return;
      page.records = items;
      for (const { id } of items) this.at.set(id, page);
      page.length = items.length;
      this.restart();
    } catch (error) {
      this.error = error;
    } finally {
      page.loading = false;
    }
    this.tell();
  }

  private read(cursor: string | undefined) {
    return this.kind.list({ ...this.request, limit: pageSize, ...(cursor !== undefined && { cursor }) });
  }

  private append(cursor: string | undefined, records: AnyRecord[]): void {
    // A record that moved on while the pages were read is shown once.
    const fresh = records.filter(({ id }) => !this.at.has(id));
    const page = { cursor, start: this.rows, length: fresh.length, records: fresh, loading: false };
    this.pages.push(page);
    for (const { id } of fresh) this.at.set(id, page);
  }

  private pageOf(row: number): LoadedPage | undefined {
    let [low, high] = [0, this.pages.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.pages[middle] as LoadedPage).start <= row) low = middle;
      else high = middle - 1;
    }
    return this.pages[low];
  }

  /** Counts the rows anew. */
  private restart(): void {
    let start = 0;
    for (const page of this.pages) {
      page.start = start;
      start += page.length;
    }
  }

  private forget(first: number, last: number): void {
    const held = this.pages.filter(({ records }) => records !== undefined);
    if (held.length <= kept) return;
    const distance = ({ start, length }: LoadedPage) => Math.max(start - last, first - start - length, 0);
    for (const page of held.toSorted((a, b) => distance(b) - distance(a)).slice(0, held.length - kept)) {
      for (const { id } of page.records ?? []) this.at.delete(id);
      page.records = undefined;
    }
  }

  private tell(): void {
    this.edition++;
    for (const listener of this.listeners) listener();
  }
}
