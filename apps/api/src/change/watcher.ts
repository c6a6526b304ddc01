import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { ChangeEntryJson } from "@roster/domain";
import type { Database } from "../store/database.ts";
import { Entry, type FeedStep } from "./entry.ts";
import { fits, type Wanted } from "./wanted.ts";

/** Queue limits in changes and in characters of JSON. A slower watcher reads the log itself. */
const maxQueue = 256;
const maxQueued = 256 * 1024;

/** The size of one read by the watcher itself. */
const page = { limit: 200, enough: maxQueued } as const;

/** Milliseconds to wait after a failed read of the log. */
const pauseAfterFailure = 500;

export interface WatcherParts {
  database: Database;
  tenant: number;
  wanted: Wanted;
  /** The `seq` of the last change that the watcher has. */
  after: number;
  /** Milliseconds without a change after which the watcher is sent the feed's position. */
  heartbeat: number;
  /**
   * Joins the tail once the watcher has read everything.
   * @returns false if there are more changes already
   */
  join(watcher: Watcher): boolean;
  /** Leaves the tail, to read alone or because the watch has ended. */
  leave(watcher: Watcher): void;
  ended(watcher: Watcher): void;
  delivered(changes: number): void;
  failed(error: unknown): void;
}

/**
 * One reader's position in a tenant's changes. It is offered new changes as long as it keeps up. A reader
 * that falls behind, or starts further back, reads the log at its own pace until it has caught up. So a slow
 * reader costs no more memory than its queue and misses nothing.
 */
export class Watcher {
  readonly #parts: WatcherParts;
  readonly #fits: (change: ChangeEntryJson) => boolean;
  #queue: Entry[] = [];
  #queued = 0;
  /** Every matching change up to here has been returned or is in the queue. */
  #seq: number;
  #joined = false;
  #given = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #ended: { reason: Error | undefined } | undefined;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#fits = fits(parts.wanted);
    this.#seq = parts.after;
  }

  get seq(): number {
    return this.#seq;
  }

  /**
   * Waits for the next changes. At first, and at intervals, it returns none and only the feed's position.
   * Must not be called again before it resolves.
   *
   * @returns undefined if the watch was closed
   * @throws Error the reason why the watch was ended
   */
  async next(): Promise<FeedStep | undefined> {
    while (!this.#ended) {
      if (this.#queue.length > 0 || this.#isBeatDue()) return this.#give();
      if (this.#joined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else await this.#readOn();
    }
    if (this.#ended.reason) throw this.#ended.reason;
    return undefined;
  }

  /** Offers new changes, in order and without a gap, that are complete up to `upTo`. */
  offer(entries: readonly Entry[], upTo: number): void {
    for (const entry of entries) {
      if (entry.seq <= this.#seq || !this.#fits(entry.change)) continue;
      if (this.#queue.length >= maxQueue || this.#queued > maxQueued) {
        this.#joined = false;
        this.#parts.leave(this);
        this.#awake();
        return;
      }
      const shown = this.#parts.wanted.show(entry.change);
      // Changes with nothing hidden share one serialisation.
      const own = shown === entry.change ? entry : new Entry(shown);
      this.#queue.push(own);
      this.#queued += own.json.length;
      this.#seq = own.seq;
    }
    this.#seq = Math.max(this.#seq, upTo);
    if (this.#queue.length > 0) this.#awake();
  }

  /** Wakes the watcher if its position is due to be sent. */
  beat(): void {
    if (this.#wake && this.#isBeatDue()) this.#awake();
  }

  /** Ends the watch at once; queued changes are dropped. */
  end(reason?: Error): void {
    if (this.#ended) return;
    this.#ended = { reason };
    this.#queue = [];
    if (this.#joined) this.#parts.leave(this);
    this.#joined = false;
    this.#awake();
    this.#parts.ended(this);
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #isBeatDue(): boolean {
    return performance.now() - this.#given >= this.#parts.heartbeat;
  }

  #give(): FeedStep {
    const entries = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    this.#given = performance.now();
    this.#parts.delivered(entries.length);
    return { entries, seq: this.#seq };
  }

  /** Reads one page of the log, or joins the tail at its end. */
  async #readOn(): Promise<void> {
    const { database, tenant, join, failed } = this.#parts;
    const { show, ...wanted } = this.#parts.wanted;
    try {
      const last = (await database.lastSeqs([tenant])).get(tenant) ?? 0;
      if (last <= this.#seq) {
        this.#joined = !this.#ended && join(this);
        return;
      }
      const query = { ...wanted, ...page, after: this.#seq, upTo: last };
      const { items, seq } = await database.tenant(tenant).changes(query);
      for (const change of items) this.#queue.push(new Entry(show(change)));
      this.#seq = seq;
    } catch (error) {
      if (this.#ended) return;
      failed(error);
      await pause(pauseAfterFailure, undefined, { ref: false });
    }
    // A selective filter may scan much of the log, so other work gets a turn.
    await nextTurn();
  }
}
