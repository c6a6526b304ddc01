import { RosterError } from "@roster/domain";
import type { Logger } from "pino";

/** How often an ongoing outage is logged, in milliseconds. */
const interval = 30_000;

/**
 * Logs outages of the database: one line when an outage begins, one when it ends, and one with counts
 * from time to time, however many requests are refused.
 */
export class Outage {
  readonly #logger: Logger;
  readonly #interval: number;
  /** The kinds of work that fail. */
  readonly #failing = new Set<string>();
  #began = 0;
  #told = 0;
  #refused: Record<string, number> = {};

  constructor(logger: Logger, every: number = interval) {
    this.#logger = logger;
    this.#interval = every;
  }

  /**
   * Records that work failed because the database is unavailable.
   * @param work the kind of work, such as `changes`
   * @param refused the number of requests refused because of it
   */
  failed(work: string, error: unknown, refused = 1): void {
    const now = performance.now();
    const begins = this.#failing.size === 0;
    this.#failing.add(work);
    if (begins) {
      this.#began = this.#told = now;
      this.#refused = {};
      this.#logger.error({ err: error, work }, "the database is not available");
    }
    this.#refused[work] = (this.#refused[work] ?? 0) + refused;
    if (now - this.#told < this.#interval) return;
    this.#told = now;
    this.#logger.warn({ err: error, ...this.#figures(now) }, "the database is still not available");
  }

  /** Records that a kind of work succeeded. The outage is over when no kind fails any more. */
  works(work: string): void {
    if (!this.#failing.delete(work) || this.#failing.size > 0) return;
    this.#logger.warn(this.#figures(performance.now()), "the database is available again");
  }

  #figures(now: number): { seconds: number; refused: Record<string, number> } {
    return { seconds: Math.round(now - this.#began) / 1_000, refused: { ...this.#refused } };
  }
}

/** Whether an error comes from an outage, which is logged already. */
export const isOfOutage = (error: unknown): boolean =>
  error instanceof RosterError && (error.code === "UNAVAILABLE" || error.code === "UNCERTAIN");
