import { setImmediate as nextTurn } from "node:timers/promises";
import type { TenantReader } from "../store/database.ts";
import { Entry } from "./entry.ts";
import type { Watcher } from "./watcher.ts";

/** How much is read at a time: half of what may wait for a watcher, so that one that keeps up has room for it. */
const page = { limit: 128, enough: 128 * 1024 } as const;

export interface TailParts {
  reader: TenantReader;
  /** A change was read, this long after its time in milliseconds. */
  read(lag: number): void;
  failed(error: unknown): void;
}

/** The end of a tenant's log: what is new is read once, and offered to all who have caught up. */
export class Tail {
  readonly #parts: TailParts;
  readonly #watchers = new Set<Watcher>();
  /** All up to here has been offered. */
  #seq: number;
  /** There is something up to here. */
  #last: number;
  #reading = false;

  constructor(seq: number, parts: TailParts) {
    this.#parts = parts;
    this.#seq = seq;
    this.#last = seq;
  }

  /** How many are offered what comes. */
  get size(): number {
    return this.#watchers.size;
  }

  /** @returns false when the watcher has not read yet what others were offered */
  add(watcher: Watcher): boolean {
    if (this.#watchers.size > 0 && watcher.seq < this.#seq) return false;
    this.#watchers.add(watcher);
    return true;
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** The log reaches to here. */
  advance(last: number): void {
    this.#last = Math.max(this.#last, last);
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#seq < this.#last && this.#watchers.size > 0) {
        const { items, seq } = await this.#parts.reader.changes({
          ...page,
          after: this.#seq,
          upTo: this.#last,
        });
        const entries = items.map((change) => new Entry(change));
        const now = Date.now();
        for (const { change } of entries) this.#parts.read(Math.max(0, now - Date.parse(change.at)));
        this.#seq = seq;
        for (const watcher of this.#watchers) watcher.offer(entries, seq);
        // Lets them pass it on before there is more.
        await nextTurn();
      }
    } catch (error) {
      // The next time somebody looks, it goes on where it was.
      this.#parts.failed(error);
    }
    this.#reading = false;
  }
}
