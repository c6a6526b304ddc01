import type { ChangeEntryJson } from "@roster/domain";
import type { DeliveryState, Pending, Replay, Settlement } from "../store/deliveries.ts";

/** Maximum number of records with pending changes per webhook. Beyond it, reading the log pauses. */
const maxPending = 256;

/** The pending changes of one record, from `seq` to `upTo`, in order. */
export interface Entry extends Pending {
  upTo: number;
  /** The `seq` of the record's next changes that are known; up to the last of them none is missing. */
  ahead: readonly number[];
  /** An attempt is in flight. */
  busy: boolean;
  /** The position to restart from when the attempt in flight has ended. */
  again: number | undefined;
}

/** The progress that a note records, and the rows that are stored afterwards. */
export interface Snapshot extends Pick<Settlement, "seq" | "pending" | "settled" | "replays"> {
  stored: ReadonlyMap<string, string>;
}

/**
 * A webhook's position in the change log: how far the log has been read, and an entry for each record with
 * pending changes. What must survive the node's death becomes rows; the rest can be read again from the log.
 */
export class Progress {
  readonly #entries = new Map<string, Entry>();
  /** The rows in the database, each as a text of its contents. */
  #stored: ReadonlyMap<string, string>;
  #read: number;
  /** The last change with an attempt. Everything before it is settled or has an entry. */
  #mark: number;
  /** All replays that were taken over here, and those that are still in the database. */
  readonly #known = new Set<string>();
  readonly #replays = new Set<string>();

  constructor({ seq, pending }: Pick<DeliveryState, "seq" | "pending">) {
    this.#read = this.#mark = seq;
    for (const row of pending) {
      const upTo = row.lastSeq ?? seq;
      this.#entries.set(row.recordId, { ...entry(row.recordId, row.seq, row.at), ...row, upTo });
    }
    this.#stored = new Map(pending.map((row) => [row.recordId, textOf(row)]));
  }

  /** The position up to which the log has been read. */
  get read(): number {
    return this.#read;
  }

  /** Whether no further record can have pending changes. */
  get isFull(): boolean {
    return this.#entries.size >= maxPending;
  }

  /** The number of records with pending changes, and the time of the oldest one. */
  get pending(): { records: number; oldest: string | undefined } {
    let oldest: string | undefined;
    for (const { at } of this.#entries.values()) if (oldest === undefined || at < oldest) oldest = at;
    return { records: this.#entries.size, oldest };
  }

  /** Takes in changes from the log while there is room. */
  take(changes: readonly ChangeEntryJson[], isWanted: (change: ChangeEntryJson) => boolean): void {
    for (const change of changes) {
      // A replay may have rewound the position meanwhile, so this page no longer comes next.
      if (change.seq !== this.#read + 1) return;
      if (isWanted(change)) {
        const { recordId, seq, at } = change;
        const known = this.#entries.get(recordId);
        if (!known && this.isFull) return;
        if (known) Object.assign(known, { upTo: Math.max(known.upTo, seq), lastSeq: null });
        else this.#entries.set(recordId, entry(recordId, seq, at));
      }
      this.#read = change.seq;
    }
  }

  /** The first record with a change that can be sent now. */
  next(now: string): Entry | undefined {
    for (const one of this.#entries.values()) {
      if (!one.busy && (one.nextAttemptAt === null || one.nextAttemptAt <= now)) return one;
    }
    return undefined;
  }

  /** The time of the earliest retry. */
  get nextAttemptAt(): string | undefined {
    let first: string | undefined;
    for (const { busy, nextAttemptAt: at } of this.#entries.values()) {
      if (!busy && at !== null && (first === undefined || at < first)) first = at;
    }
    return first;
  }

  /** Records that a change needs no further attempts, whatever the outcome. */
  settle(one: Entry, seq: number): void {
    this.#advance(seq);
    const { ahead } = one;
    const next = one.again === undefined ? ahead.find((known) => known > seq) : undefined;
    this.#restart(one, one.again ?? next ?? seq + 1);
    if (next !== undefined) one.ahead = ahead;
    // Moves it to the end, so that other records get their turn.
    this.#entries.delete(one.recordId);
    if (one.seq <= one.upTo) this.#entries.set(one.recordId, one);
  }

  /** Schedules another attempt for a change. */
  retry(one: Entry, seq: number, at: string, nextAttemptAt: string): void {
    this.#advance(seq);
    if (one.again !== undefined) return this.#restart(one, Math.min(seq, one.again));
    one.seq = seq;
    one.attempts += 1;
    one.firstAttemptAt ??= at;
    one.nextAttemptAt = nextAttemptAt;
  }

  /** Takes over requested replays. */
  replay(replays: readonly Replay[], now: string): void {
    for (const { id, afterSeq, recordId } of replays) {
      // They may have been read before they were recorded as taken.
      if (this.#known.has(id)) continue;
      this.#known.add(id);
      this.#replays.add(id);
      if (afterSeq >= this.#read) continue;
      if (recordId === null) this.#rewind(afterSeq);
      else this.#rewindRecord(recordId, afterSeq + 1, now);
    }
  }

  /** The progress to record; empty if everything is stored. */
  snapshot(): Snapshot {
    const seq = this.#entries.size === 0 ? this.#read : this.#mark;
    const stored = new Map<string, string>();
    const pending: Pending[] = [];
    for (const { busy: _busy, again: _again, upTo: _upTo, ahead: _ahead, ...row } of this.#entries.values()) {
      // Changes after the mark were never attempted and will be read from the log again.
      if (row.seq > seq) continue;
      const text = textOf(row);
      stored.set(row.recordId, text);
      if (this.#stored.get(row.recordId) !== text) pending.push(row);
    }
    const settled = [...this.#stored.keys()].filter((id) => !stored.has(id));
    return { seq, pending, settled, replays: [...this.#replays], stored };
  }

  /** Records that a snapshot is stored. */
  noted({ stored, replays }: Snapshot): void {
    this.#stored = stored;
    for (const id of replays) this.#replays.delete(id);
  }

  #advance(seq: number): void {
    this.#mark = Math.max(this.#mark, Math.min(seq, this.#read));
  }

  #restart(one: Entry, seq: number): void {
    Object.assign(one, {
      seq,
      attempts: 0,
      firstAttemptAt: null,
      nextAttemptAt: null,
      again: undefined,
      ahead: [],
    });
  }

  #rewind(afterSeq: number): void {
    for (const one of this.#entries.values()) {
      if (one.seq <= afterSeq) continue;
      // Until its attempt has ended, the record must not have another one.
      if (one.busy) one.again = Math.min(one.again ?? Infinity, afterSeq + 1);
      else this.#entries.delete(one.recordId);
    }
    this.#read = this.#mark = afterSeq;
  }

  #rewindRecord(recordId: string, seq: number, now: string): void {
    const one = this.#entries.get(recordId);
    if (!one) this.#entries.set(recordId, { ...entry(recordId, seq, now), lastSeq: seq });
    else if (seq > one.seq) return;
    else if (one.busy) one.again = Math.min(one.again ?? Infinity, seq);
    else this.#restart(one, seq);
  }
}

/** The parts of a row that can change. */
const textOf = ({ seq, lastSeq, attempts, nextAttemptAt }: Pending): string =>
  `${seq} ${lastSeq} ${attempts} ${nextAttemptAt}`;

const entry = (recordId: string, seq: number, at: string): Entry => ({
  recordId,
  seq,
  upTo: seq,
  lastSeq: null,
  attempts: 0,
  at,
  firstAttemptAt: null,
  nextAttemptAt: null,
  ahead: [],
  busy: false,
  again: undefined,
});
