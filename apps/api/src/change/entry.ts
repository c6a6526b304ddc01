import type { ChangeEntryJson } from "@roster/domain";

/** A change in the live feed, shared by all watchers. */
export class Entry {
  readonly change: ChangeEntryJson;
  #json: string | undefined;

  constructor(change: ChangeEntryJson) {
    this.change = change;
  }

  get seq(): number {
    return this.change.seq;
  }

  /** The change as JSON text, serialised once for all watchers. */
  get json(): string {
    return (this.#json ??= JSON.stringify(this.change));
  }
}

/** The next part of a feed; it may contain no changes. */
export interface FeedStep {
  entries: readonly Entry[];
  /** Every matching change up to this position has been returned. */
  seq: number;
}
