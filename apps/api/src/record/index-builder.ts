import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
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
  readonly #inNoRequest = AsyncLocalStorage.snapshot();
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
    this.#timer = setInterval(() => this.wake(), respite).unref();
    this.wake();
  }

  /** Looks for builds to go on with. */
  wake(): void {
    this.#again = true;
    this.#running ??= this.#inNoRequest(() => this.#run()).finally(() => (this.#running = undefined));
  }

  /** Waits for the builds under way, but not longer than this, in milliseconds. */
  async settle(most: number): Promise<void> {
    const ended = new AbortController();
    await Promise.race([
      this.#running,
      pause(most, undefined, { signal: ended.signal }).catch(() => undefined),
    ]);
    ended.abort();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { database, commits } = this.#store;
    while (this.#again && !this.#closed) {
      this.#again = false;
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
    }
  }
}
