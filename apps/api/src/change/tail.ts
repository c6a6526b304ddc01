import { setImmediate as nextTurn } from "node:timers/promises";
import type { TenantReader } from "../store/database.ts";
import { Entry } from "./entry.ts";
import type { Watcher } from "./watcher.ts";

/** The size of one read: half of a watcher's queue, so that a watcher that keeps up has room for it. */
const page = { limit: 128, enough: 128 * 1024 } as const;

export interface TailParts {
  reader: TenantReader;
  /** Called for each change read, with its age in milliseconds. */
  read(lag: number): void;
  failed(error: unknown): void;
}

/** Reads new changes of a tenant's log once and offers them to all watchers that have caught up. */
export class Tail {
  readonly #parts: TailParts;
  readonly #watchers = new Set<Watcher>();
  /** Every change up to here has been offered. */
  #seq: number;
  /** The log reaches at least to here. */
  #last: number;
  #reading = false;

  constructor(seq: number, parts: TailParts) {
    this.#parts = parts;
    this.#seq = seq;
    this.#last = seq;
  }

  /** The number of watchers. */
  get size(): number {
    return this.#watchers.size;
  }

  /** @returns false if the watcher has not read changes that others were already offered */
  add(watcher: Watcher): boolean {
    if (this.#watchers.size > 0 && watcher.seq < this.#seq) return false;
    this.#watchers.add(watcher);
    return true;
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Reports that the log reaches to `last`. */
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
        // Lets the watchers pass the changes on before the next read.
        await nextTurn();
      }
    } catch (error) {
      // The next wake-up continues from here.
      this.#parts.failed(error);
    }
    this.#reading = false;
  }
}
