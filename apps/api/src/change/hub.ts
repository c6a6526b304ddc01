import { AsyncLocalStorage } from "node:async_hooks";
import { RosterError } from "@roster/domain";
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { isOfOutage } from "../store/outage.ts";
import { Tail } from "./tail.ts";
import type { Wanted } from "./wanted.ts";
import { Watcher } from "./watcher.ts";

export interface HubOptions {
  /** After how long without a change a watcher is told how far the feed is, in milliseconds. */
  heartbeat?: number;
  /** How often the hub looks for changes of which it was not told, in milliseconds. */
  poll?: number;
  /** How often it finds out whether a watcher may still read, in milliseconds. */
  check?: number;
  logger?: Logger | undefined;
}

export interface WatchRequest {
  wanted: Wanted;
  /** The `seq` of the last change that the reader has. */
  after: number;
  /** @throws RosterError UNAUTHENTICATED or FORBIDDEN when the watch must end */
  allowed(): Promise<void>;
}

/** What the hub is doing, and has done since the start. */
export interface HubFigures {
  watchers: number;
  /** Of them, those who read the log by themselves. */
  behind: number;
  /** Changes that were given to watchers. */
  delivered: number;
}

interface Checked {
  allowed(): Promise<void>;
  /** When that was asked last. */
  at: number;
}

/**
 * All who watch changes on this node. Each tenant that is watched has one tail, which reads what is new
 * once for all of them.
 */
export class Hub {
  readonly #database: Database;
  readonly #logger: Logger | undefined;
  readonly #options: Required<Omit<HubOptions, "logger">>;
  readonly #tails = new Map<number, Tail>();
  readonly #watchers = new Map<Watcher, Checked>();
  /** What the hub does is nobody's request. */
  readonly #inNoRequest = AsyncLocalStorage.snapshot();
  /** Told of each change that a tail has read: how long after its time, in milliseconds. */
  onRead: ((lag: number) => void) | undefined;
  #delivered = 0;
  #ticking: NodeJS.Timeout | undefined;
  #looking = false;
  #lookAgain = false;
  #failing = false;
  #closed = false;

  constructor(
    database: Database,
    { heartbeat = 10_000, poll = 500, check = 3_000, logger }: HubOptions = {},
  ) {
    this.#database = database;
    this.#logger = logger;
    this.#options = { heartbeat, poll, check };
  }

  get figures(): HubFigures {
    const joined = [...this.#tails.values()].reduce((sum, { size }) => sum + size, 0);
    return {
      watchers: this.#watchers.size,
      behind: this.#watchers.size - joined,
      delivered: this.#delivered,
    };
  }

  /** @throws RosterError UNAVAILABLE when the server is stopping */
  watch(tenant: number, { wanted, after, allowed }: WatchRequest): Watcher {
    if (this.#closed) throw stopping();
    const watcher = new Watcher({
      database: this.#database,
      tenant,
      wanted,
      after,
      heartbeat: this.#options.heartbeat,
      join: (one) => this.#join(tenant, one),
      leave: (one) => this.#leave(tenant, one),
      ended: (one) => this.#ended(one),
      delivered: (changes) => (this.#delivered += changes),
      failed: (error) => this.#failed(error),
    });
    this.#watchers.set(watcher, { allowed, at: performance.now() });
    this.#ticking ??= this.#inNoRequest(() => setInterval(() => this.#tick(), this.#options.poll)).unref();
    return watcher;
  }

  /** There may be something new in a log. */
  wake(): void {
    this.#lookAgain = true;
    if (!this.#looking && this.#tails.size > 0) this.#inNoRequest(() => void this.#look());
  }

  /** Ends all watches, whose readers are to go on elsewhere, and begins none any more. */
  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers.keys()) watcher.end(stopping());
  }

  #join(tenant: number, watcher: Watcher): boolean {
    let tail = this.#tails.get(tenant);
    if (!tail) {
      tail = new Tail(watcher.seq, {
        reader: this.#database.tenant(tenant),
        read: (lag) => this.onRead?.(lag),
        failed: (error) => this.#failed(error),
      });
      this.#tails.set(tenant, tail);
    }
    if (!tail.add(watcher)) return false;
    // What was told of while nobody was there to be offered it.
    this.wake();
    return true;
  }

  #leave(tenant: number, watcher: Watcher): void {
    const tail = this.#tails.get(tenant);
    tail?.remove(watcher);
    if (tail?.size === 0) this.#tails.delete(tenant);
  }

  #ended(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  /** Finds out whose log has grown. */
  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#lookAgain && this.#tails.size > 0) {
      this.#lookAgain = false;
      try {
        const seqs = await this.#database.lastSeqs([...this.#tails.keys()]);
        for (const [tenant, seq] of seqs) this.#tails.get(tenant)?.advance(seq);
        this.#failing = false;
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#looking = false;
  }

  #tick(): void {
    this.wake();
    const now = performance.now();
    for (const [watcher, checked] of this.#watchers) {
      watcher.beat();
      if (now - checked.at < this.#options.check) continue;
      checked.at = now;
      void this.#check(watcher, checked);
    }
  }

  async #check(watcher: Watcher, { allowed }: Checked): Promise<void> {
    try {
      await allowed();
    } catch (error) {
      // That nobody can be asked just now takes no right away.
      const denied = error instanceof RosterError && ["UNAUTHENTICATED", "FORBIDDEN"].includes(error.code);
      if (denied) watcher.end(error);
      else this.#failed(error);
    }
  }

  /** One line in the log for each time that reading fails. */
  #failed(error: unknown): void {
    if (isOfOutage(error)) return;
    if (!this.#failing) this.#logger?.error({ err: error }, "changes could not be read for those who watch");
    this.#failing = true;
  }
}

const stopping = (): RosterError => new RosterError("UNAVAILABLE", "the server is stopping");
