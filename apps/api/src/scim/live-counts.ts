import type { Countable, LiveCount, TenantReader } from "../store/database.ts";

/** More tenants than a node counts for at a time. */
const maxKnown = 10_000;

/**
 * The numbers of live records, for totals. Counting reads an index as long as the tenant, so an earlier number
 * is brought up to date by the log.
 */
export class LiveCounts {
  readonly #known = new Map<string, LiveCount>();

  async of(reader: TenantReader, tenant: number, type: Countable): Promise<number> {
    const key = `${tenant} ${type}`;
    const earlier = this.#known.get(key);
    const now = (earlier && (await reader.recount(type, earlier))) ?? (await reader.count(type));
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(key, now);
    return now.count;
  }
}
