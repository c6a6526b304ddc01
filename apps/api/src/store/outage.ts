import { RosterError } from "@roster/domain";
import type { Logger } from "pino";

/** How often the log is told that an outage goes on, in milliseconds. */
const interval = 30_000;

/**
 * What the log says of a database that cannot do what it is there for: one line when that begins, one
 * when it is over, and one with counts from time to time, however many requests are refused.
 */
export class Outage {
  readonly #logger: Logger;
  readonly #interval: number;
  /** Which kinds of work fail. */
  readonly #failing = new Set<string>();
  #began = 0;
  #told = 0;
  #refused: Record<string, number> = {};

  constructor(logger: Logger, every: number = interval) {
    this.#logger = logger;
    this.#interval = every;
  }

  /**
   * Some work has failed for want of the database.
   * @param work its kind, such as `changes`
   * @param refused how many requests are refused for it
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

  /** Work of a kind is done again. The outage is over when no kind fails any more. */
  works(work: string): void {
    if (!this.#failing.delete(work) || this.#failing.size > 0) return;
    this.#logger.warn(this.#figures(performance.now()), "the database is available again");
  }

  #figures(now: number): { seconds: number; refused: Record<string, number> } {
    return { seconds: Math.round(now - this.#began) / 1_000, refused: { ...this.#refused } };
  }
}

/** Whether an error is the consequence of an outage, of which the log has been told. */
export const isOfOutage = (error: unknown): boolean =>
  error instanceof RosterError && (error.code === "UNAVAILABLE" || error.code === "UNCERTAIN");
