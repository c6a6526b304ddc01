import { rewind, type ChangeEntry, type ChangeEntryJson, type JsonObject, type Page } from "@roster/domain";
import { persistently } from "./persistently.ts";

/** A record as plain JSON. */
export type JsonRecord = JsonObject & { id: string; version: number };

/** The history of one type of record. */
export interface History {
  query(
    input: { where: { id: string }; limit: number; cursor?: string },
    options: { signal?: AbortSignal | undefined },
  ): Promise<Page<ChangeEntry>>;
}

/** Shows records as they were at one position of the change log. */
export class RecordsAt {
  readonly #history: History;
  readonly #seq: number;
  readonly #before: number;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param seq the position
   * @param before an instant, in milliseconds, at or before which the change with this `seq` was made: what did
   * not change since needs no look at its history
   */
  constructor(history: History, seq: number, before: number, signal: AbortSignal | undefined) {
    this.#history = history;
    this.#seq = seq;
    this.#before = before;
    this.#signal = signal;
  }

  /** Whether a record may have changed after the position. */
  mayDiffer(record: JsonRecord): boolean {
    return Date.parse(record["updatedAt"] as string) >= this.#before;
  }

  /**
   * A record as it was.
   * @returns undefined if it did not exist yet, or was erased since
   */
  async show(record: JsonRecord): Promise<JsonRecord | undefined> {
    if (!this.mayDiffer(record)) return record;
    let shown = record;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const input = { where: { id: record.id }, limit: 20, ...(cursor !== undefined && { cursor }) };
      const page = await persistently(
        () => this.#history.query(input, { signal: this.#signal }),
        this.#signal,
      );
      for (const entry of page.items) {
        if (entry.action === "erase" && entry.seq > this.#seq) return undefined;
        // Changed after it was read.
        if (entry.version > record.version) continue;
        if (entry.seq <= this.#seq) {
          return {
            ...shown,
            version: entry.version,
            updatedAt: entry.at.toISOString(),
            updatedBy: entry.actor,
          };
        }
        if (entry.action === "create") return undefined;
        shown = rewind(shown, [entry as unknown as ChangeEntryJson]);
      }
      cursor = page.nextCursor;
    }
    return undefined;
  }
}
