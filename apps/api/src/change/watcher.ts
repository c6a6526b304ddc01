import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { ChangeEntryJson } from "@roster/domain";
import type { Database } from "../store/database.ts";
import { Entry, type FeedStep } from "./entry.ts";
import { fits, type Wanted } from "./wanted.ts";

/** What may wait for a watcher, in changes and in characters of JSON; one that is slower reads the log by itself. */
const maxQueue = 256;
const maxQueued = 256 * 1024;

/** How much a watcher reads at a time when it reads by itself. */
const page = { limit: 200, enough: maxQueued } as const;

/** How long to wait when the log could not be read, in milliseconds. */
const pauseAfterFailure = 500;

export interface WatcherParts {
  database: Database;
  tenant: number;
  wanted: Wanted;
  /** The `seq` of the last change that the watcher has. */
  after: number;
  /** After how long without a change it is told how far the feed is, in milliseconds. */
  heartbeat: number;
  /**
   * It has read all that there was: from now on it is offered what comes.
   * @returns false when there is more already
   */
  join(watcher: Watcher): boolean;
  /** It reads by itself again, or has ended. */
  leave(watcher: Watcher): void;
  ended(watcher: Watcher): void;
  delivered(changes: number): void;
  failed(error: unknown): void;
}

/**
 * One reader's way through a tenant's changes. It is offered what is new as long as it keeps up; one
 * that does not, or that comes from further back, reads the log at its own pace until it has caught up.
 * So a slow reader costs no more memory than its queue, and misses nothing.
 */
export class Watcher {
  readonly #parts: WatcherParts;
  readonly #fits: (change: ChangeEntryJson) => boolean;
  #queue: Entry[] = [];
  #queued = 0;
  /** All up to here that is wanted has been given or is in the queue. */
  #seq: number;
  #joined = false;
  #given = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #ended: { reason?: Error } | undefined;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#fits = fits(parts.wanted);
    this.#seq = parts.after;
  }

  get seq(): number {
    return this.#seq;
  }

  get joined(): boolean {
    return this.#joined;
  }

  /**
   * The next changes. Waits until there are some; from time to time, and at first, it is none, and only
   * how far the feed is. Not to be called again before it has answered.
   *
   * @returns undefined when the watch was closed
   * @throws Error why it was ended
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

  /** New changes, in order and without a gap; up to which all is there. */
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
      // What hides nothing is encoded once for all.
      const own = shown === entry.change ? entry : new Entry(shown);
      this.#queue.push(own);
      this.#queued += own.json.length;
      this.#seq = own.seq;
    }
    this.#seq = Math.max(this.#seq, upTo);
    if (this.#queue.length > 0) this.#awake();
  }

  /** Lets a watcher that waits see whether it should be told how far the feed is. */
  beat(): void {
    if (this.#wake && this.#isBeatDue()) this.#awake();
  }

  /** Ends it, at once: what is in the queue is not given any more. */
  end(reason?: Error): void {
    if (this.#ended) return;
    this.#ended = { ...(reason && { reason }) };
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

  /** One step through the log; at its end the watcher joins those who are offered what comes. */
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
    // Whose filter passes little goes through much of the log: others want to get on, too.
    await nextTurn();
  }
}
