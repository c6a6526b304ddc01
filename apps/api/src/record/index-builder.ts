import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { inBackground } from "./background.ts";
import type { Store } from "./command.ts";

/** The number of records in one step. Commands share its commit, and wait for it. */
const step = 250;
/** The time after which a node looks for builds that another one has not finished, in milliseconds. */
const respite = 30_000;

/**
 * Builds and drops indexes in the background, step by step in the commits of commands. The database keeps how
 * far a build is, so that any node goes on with it after a crash.
 */
export class IndexBuilder {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  /** The work on the builds that were under way at the start. */
  readonly #first: Promise<void>;
  #closed = false;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.wake(), respite).unref();
    this.#first = this.wake();
  }

  /** Waits for the builds that were under way at the start, but not longer than this, in milliseconds. */
  async settle(most: number): Promise<void> {
    const ended = new AbortController();
    await Promise.race([
      this.#first,
      pause(most, undefined, { signal: ended.signal }).catch(() => undefined),
    ]);
    ended.abort();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.wake();
  }

  /** Looks for builds, and goes on with them. */
  readonly wake = inBackground(async () => {
    if (this.#closed) return;
    const { database, commits } = this.#store;
    try {
      for (const tenant of await database.tenantsWithBuilds()) {
        for (let more = true; more && !this.#closed;)
          more = await commits.submit({
            tenant,
            wants: [],
            keep: (transaction) => transaction.buildIndex(tenant, step),
          });
      }
    } catch (error) {
      if (!this.#closed) this.#logger.warn({ err: error }, "building an index is interrupted");
    }
  });
}
