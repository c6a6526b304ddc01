import type { ChangeEntryJson } from "@roster/domain";

/** A change on its way to all who watch it. */
export class Entry {
  readonly change: ChangeEntryJson;
  #json: string | undefined;

  constructor(change: ChangeEntryJson) {
    this.change = change;
  }

  get seq(): number {
    return this.change.seq;
  }

  /** As text: made once, however many there are who want it. */
  get json(): string {
    return (this.#json ??= JSON.stringify(this.change));
  }
}

/** The next part of a feed: some changes, or none. */
export interface FeedStep {
  entries: readonly Entry[];
  /** All up to here that fits the filter has been given. */
  seq: number;
}
