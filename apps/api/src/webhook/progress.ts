import type { ChangeEntryJson } from "@roster/domain";
import type { DeliveryState, Pending, Replay, Settlement } from "../store/deliveries.ts";

/** How many records of a webhook may have something pending; beyond it, the log is not read on. */
const maxPending = 256;

/** What is to be sent about one record: its changes from `seq` to `upTo`, one after the other. */
export interface Entry extends Pending {
  upTo: number;
  /** The next changes of the record, as far as they are known: none is left out up to the last of them. */
  ahead: readonly number[];
  /** An attempt is under way. */
  busy: boolean;
  /** From where on to send again, when that has ended. */
  again: number | undefined;
}

/** What a note says of the progress, and what was stored after it. */
export interface Snapshot extends Pick<Settlement, "seq" | "pending" | "settled" | "replays"> {
  stored: ReadonlyMap<string, string>;
}

/**
 * How far a webhook has been told of the change log: up to where the log is read, and for each record
 * of which something is to be sent an entry. What a node must not forget of it becomes rows; the rest
 * is read again from the log.
 */
export class Progress {
  readonly #entries = new Map<string, Entry>();
  /** The rows in the database, each as a text that says what is in it. */
  #stored: ReadonlyMap<string, string>;
  #read: number;
  /** Up to where all is settled, or has an entry: the last change of which an attempt was made. */
  #mark: number;
  /** The replays that were ever taken over here, and those of them that are still in the database. */
  readonly #known = new Set<string>();
  readonly #replays = new Set<string>();

  constructor({ seq, pending }: Pick<DeliveryState, "seq" | "pending">) {
    this.#read = this.#mark = seq;
    for (const row of pending) {
      this.#entries.set(row.recordId, {
        ...row,
        upTo: row.lastSeq ?? seq,
        ahead: [],
        busy: false,
        again: undefined,
      });
    }
    this.#stored = new Map(pending.map((row) => [row.recordId, textOf(row)]));
  }

  /** The last change of the log that was looked at. */
  get read(): number {
    return this.#read;
  }

  /** No further record can have something pending. */
  get isFull(): boolean {
    return this.#entries.size >= maxPending;
  }

  /** Records of which something is to be sent, and when the oldest of it was changed. */
  get pending(): { records: number; oldest: string | undefined } {
    let oldest: string | undefined;
    for (const { at } of this.#entries.values()) if (oldest === undefined || at < oldest) oldest = at;
    return { records: this.#entries.size, oldest };
  }

  /** Reads on in the log, as far as there is room. */
  take(changes: readonly ChangeEntryJson[], isWanted: (change: ChangeEntryJson) => boolean): void {
    for (const change of changes) {
      // A replay may have gone back meanwhile: what was read is not what comes next any more.
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

  /** The first record of which something can be sent now. */
  next(now: string): Entry | undefined {
    for (const one of this.#entries.values()) {
      if (!one.busy && (one.nextAttemptAt === null || one.nextAttemptAt <= now)) return one;
    }
    return undefined;
  }

  /** When the next record is due of which something was tried before. */
  get nextAttemptAt(): string | undefined {
    let first: string | undefined;
    for (const { busy, nextAttemptAt: at } of this.#entries.values()) {
      if (!busy && at !== null && (first === undefined || at < first)) first = at;
    }
    return first;
  }

  /** An attempt was the last one of a change, whatever came of it. */
  settle(one: Entry, seq: number): void {
    this.#advance(seq);
    const { ahead } = one;
    const next = one.again === undefined ? ahead.find((known) => known > seq) : undefined;
    this.#restart(one, one.again ?? next ?? seq + 1);
    if (next !== undefined) one.ahead = ahead;
    // The others have their turn before it.
    this.#entries.delete(one.recordId);
    if (one.seq <= one.upTo) this.#entries.set(one.recordId, one);
  }

  /** A change is to be tried again. */
  retry(one: Entry, seq: number, at: string, nextAttemptAt: string): void {
    this.#advance(seq);
    if (one.again !== undefined) return this.#restart(one, Math.min(seq, one.again));
    one.seq = seq;
    one.attempts += 1;
    one.firstAttemptAt ??= at;
    one.nextAttemptAt = nextAttemptAt;
  }

  /** Takes over what is to be sent again. */
  replay(replays: readonly Replay[], now: string): void {
    for (const { id, afterSeq, recordId } of replays) {
      // Whoever has read them may have read them before they were let go of.
      if (this.#known.has(id)) continue;
      this.#known.add(id);
      this.#replays.add(id);
      if (afterSeq >= this.#read) continue;
      if (recordId === null) this.#rewind(afterSeq);
      else this.#rewindRecord(recordId, afterSeq + 1, now);
    }
  }

  /** What a note has to say; nothing where all of it is stored. */
  snapshot(): Snapshot {
    const seq = this.#entries.size === 0 ? this.#read : this.#mark;
    const stored = new Map<string, string>();
    const pending: Pending[] = [];
    for (const { busy: _busy, again: _again, upTo: _upTo, ahead: _ahead, ...row } of this.#entries.values()) {
      // What comes after the mark was never tried, and is found in the log again.
      if (row.seq > seq) continue;
      const text = textOf(row);
      stored.set(row.recordId, text);
      if (this.#stored.get(row.recordId) !== text) pending.push(row);
    }
    const settled = [...this.#stored.keys()].filter((id) => !stored.has(id));
    return { seq, pending, settled, replays: [...this.#replays], stored };
  }

  /** A snapshot is in the database. */
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
      // Until its attempt has ended, its record must not have another.
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

/** What can change of a row. */
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
