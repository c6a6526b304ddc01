import { RosterError } from "@roster/domain";
import type { Logger } from "pino";
import { inNoRequest } from "../observe/current-request.ts";
import { inBackground } from "../record/background.ts";
import type { GroupCommit } from "../store/commit/group-commit.ts";
import type { Database } from "../store/database.ts";
import { isOfOutage } from "../store/outage.ts";
import { Tail } from "./tail.ts";
import type { Wanted } from "./wanted.ts";
import { Watcher } from "./watcher.ts";

export interface HubOptions {
  /** Milliseconds without a change after which a watcher is sent the feed's position. */
  heartbeat?: number;
  /** Milliseconds between polls for changes that other processes made. */
  poll?: number;
  /** Milliseconds between checks of a watcher's permission. */
  check?: number;
  logger?: Logger | undefined;
}

export interface WatchRequest {
  wanted: Wanted;
  /** The `seq` of the last change that the reader has. */
  after: number;
  /** @throws RosterError UNAUTHENTICATED or FORBIDDEN if the watch must end */
  allowed(): Promise<void>;
}

interface Checked {
  allowed(): Promise<void>;
  /** The time of the last check. */
  at: number;
}

/**
 * All watchers of this node. Each watched tenant has one tail, which reads new changes once for all its
 * watchers.
 */
export class Hub {
  readonly #database: Database;
  readonly #logger: Logger | undefined;
  readonly #options: Required<Omit<HubOptions, "logger">>;
  readonly #tails = new Map<number, Tail>();
  readonly #watchers = new Map<Watcher, Checked>();
  /** Called for each change that a tail reads, with its age in milliseconds. */
  onRead: ((lag: number) => void) | undefined;
  #delivered = 0;
  #ticking: NodeJS.Timeout | undefined;
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

  /** Wakes readers from now on after each commit, at the other nodes too. */
  follow(commits: GroupCommit): void {
    commits.onCommitted((writes) => {
      if (writes.length === 0) return;
      this.wake();
      this.#database.signals?.announce();
    });
  }

  /** The watchers, those of them that are behind and read the log themselves, and the changes delivered so far. */
  get figures() {
    const watchers = this.#watchers.size;
    const joined = [...this.#tails.values()].reduce((sum, { size }) => sum + size, 0);
    return { watchers, behind: watchers - joined, delivered: this.#delivered };
  }

  /** @throws RosterError UNAVAILABLE while the server stops */
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
    this.#ticking ??= inNoRequest(() => setInterval(() => this.#tick(), this.#options.poll)).unref();
    return watcher;
  }

  /** Reports that a log may have grown. */
  wake(): void {
    if (this.#tails.size > 0) void this.#look();
  }

  /** Ends all watches, so that their readers reconnect elsewhere, and refuses new ones. */
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
    // Changes may have been reported while the tail had no watchers.
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

  /** Finds the tenants whose logs have grown. */
  readonly #look = inBackground(async () => {
    // The last watcher may have left since this was asked for, and the database may be closing.
    if (this.#tails.size === 0) return;
    try {
      const seqs = await this.#database.lastSeqs([...this.#tails.keys()]);
      for (const [tenant, seq] of seqs) this.#tails.get(tenant)?.advance(seq);
      this.#failing = false;
    } catch (error) {
      this.#failed(error);
    }
  });

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
      // If the check itself fails, the watcher keeps its permission.
      const denied = error instanceof RosterError && ["UNAUTHENTICATED", "FORBIDDEN"].includes(error.code);
      if (denied) watcher.end(error);
      else this.#failed(error);
    }
  }

  /** Logs one line per period of failure. */
  #failed(error: unknown): void {
    if (isOfOutage(error)) return;
    if (!this.#failing) this.#logger?.error({ err: error }, "the change feed cannot be read");
    this.#failing = true;
  }
}

const stopping = (): RosterError => new RosterError("UNAVAILABLE", "the server is stopping");
