/** A bucket for each caller, filled at a steady rate and emptied by its requests. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** @param perSecond the steady rate; a caller that was silent may send ten seconds' worth at once */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#most = perSecond * 10;
  }

  /** Takes one request. @returns 0, or after how many seconds the caller may try again */
  take(caller: string): number {
    const now = performance.now();
    const bucket = this.#buckets.get(caller) ?? { left: this.#most, at: now };
    bucket.left = Math.min(this.#most, bucket.left + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    // The memory is bounded: with too many callers, each begins again with a full bucket.
    if (this.#buckets.size >= maxCallers) this.#buckets.clear();
    this.#buckets.set(caller, bucket);
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / this.#perSecond);
    bucket.left--;
    return 0;
  }
}

/** More callers than a node has at a time. */
const maxCallers = 10_000;
