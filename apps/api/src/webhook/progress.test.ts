import type { ChangeEntryJson } from "@roster/domain";
import { describe, expect, it } from "vitest";
import type { Pending } from "../store/deliveries.ts";
import { Progress, type Entry } from "./progress.ts";

const now = "2020-01-01T00:00:00.000Z";
const later = "2020-01-01T00:01:00.000Z";

/** A log in which each letter is a change of the record with that name. */
const logOf = (letters: string): ChangeEntryJson[] =>
  letters.split("").map((recordId, i) => ({ seq: i + 1, recordId, at: now }) as ChangeEntryJson);

const reading = (letters: string): Progress => {
  const progress = new Progress({ seq: 0, pending: [] });
  progress.take(logOf(letters), () => true);
  return progress;
};

/** Takes the next entry that can be sent and marks it busy. */
function begin(progress: Progress, at = now): Entry {
  const entry = progress.next(at) as Entry;
  entry.busy = true;
  return entry;
}

/** The progress that the next node would read if this one died now. */
function revived(progress: Progress, rows = new Map<string, Pending>()): Progress {
  const { seq, pending, settled } = progress.snapshot();
  for (const row of pending) rows.set(row.recordId, row);
  for (const id of settled) rows.delete(id);
  return new Progress({ seq, pending: [...rows.values()] });
}

describe("the progress of a webhook", () => {
  it("offers one change of a record at a time, and changes of other records meanwhile", () => {
    const progress = reading("aab");
    expect(begin(progress)).toMatchObject({ recordId: "a", seq: 1, upTo: 2 });
    expect(begin(progress)).toMatchObject({ recordId: "b", seq: 3 });
    expect(progress.next(now)).toBeUndefined();
  });

  it("gives each record its turn, however many changes another has", () => {
    const progress = reading("aaaaabc");
    const turns = Array.from({ length: 7 }, () => {
      const entry = begin(progress);
      progress.settle(entry, entry.seq);
      entry.busy = false;
      return entry.recordId;
    });
    expect(turns.join("")).toBe("abcaaaa");
  });

  it("continues a record where it stopped", () => {
    const progress = reading("aa");
    const entry = begin(progress);
    progress.settle(entry, 1);
    entry.busy = false;
    expect(progress.next(now)).toMatchObject({ recordId: "a", seq: 2 });
  });

  it("retries when the time has come, and delays only the record concerned", () => {
    const progress = reading("aab");
    const entry = begin(progress);
    progress.retry(entry, 1, now, later);
    entry.busy = false;
    expect(progress.next(now)).toMatchObject({ recordId: "b" });
    expect(progress.nextAttemptAt).toBe(later);
    progress.settle(begin(progress), 3);
    expect(progress.next(now)).toBeUndefined();
    expect(progress.next(later)).toMatchObject({ recordId: "a", seq: 1, attempts: 1, firstAttemptAt: now });
  });

  it("stores no rows for changes that the log can provide", () => {
    const progress = reading("abcd");
    expect(progress.snapshot()).toMatchObject({ seq: 0, pending: [], settled: [] });
    const [a, b] = [begin(progress), begin(progress)];
    progress.settle(b, 2);
    expect(progress.snapshot()).toMatchObject({ seq: 2, pending: [{ recordId: "a", seq: 1 }], settled: [] });
    progress.noted(progress.snapshot());
    progress.settle(a, 1);
    expect(progress.snapshot()).toMatchObject({ seq: 2, pending: [], settled: ["a"] });
  });

  it("repeats its unrecorded state until it is recorded, and then reports nothing", () => {
    const progress = reading("ab");
    progress.retry(begin(progress), 1, now, later);
    const first = progress.snapshot();
    expect(progress.snapshot()).toEqual(first);
    expect(first.pending).toHaveLength(1);
    progress.noted(first);
    expect(progress.snapshot()).toMatchObject({ pending: [], settled: [] });
  });

  it("reads on only while there is room for further pending records", () => {
    const progress = new Progress({ seq: 0, pending: [] });
    const log = Array.from(
      { length: 300 },
      (_, i) => ({ seq: i + 1, recordId: `r${i}`, at: now }) as ChangeEntryJson,
    );
    progress.take(log, () => true);
    expect(progress.isFull).toBe(true);
    expect(progress.read).toBe(256);
    // A change of a record that is already pending needs no room.
    progress.take(
      log.slice(256, 257).map((change) => ({ ...change, recordId: "r0" })),
      () => true,
    );
    expect(progress.read).toBe(257);
  });

  it("rewinds for a replay of everything, but never has two attempts for a record in flight", () => {
    const progress = reading("aba");
    const entry = begin(progress);
    progress.settle(begin(progress), 2);
    progress.replay([{ id: "1", afterSeq: 0, recordId: null }], now);
    progress.take(logOf("aba"), () => true);
    expect(begin(progress)).toMatchObject({ recordId: "b" });
    expect(progress.next(now)).toBeUndefined();
    progress.settle(entry, 1);
    entry.busy = false;
    expect(progress.next(now)).toMatchObject({ recordId: "a", seq: 1, upTo: 3 });
  });

  it("ignores a page that was read before it rewound", () => {
    const progress = reading("abc");
    progress.replay([{ id: "1", afterSeq: 0, recordId: null }], now);
    progress.take(logOf("abcd").slice(3), () => true);
    expect(progress.read).toBe(0);
    expect(progress.pending.records).toBe(0);
  });

  it("sends a replayed change before the record's pending ones, and takes a replay over once", () => {
    const progress = reading("ab");
    progress.settle(begin(progress), 1);
    progress.settle(begin(progress), 2);
    const replay = { id: "1", afterSeq: 0, recordId: "a" };
    progress.replay([replay], later);
    const entry = begin(progress);
    expect(entry).toMatchObject({ recordId: "a", seq: 1, upTo: 1 });
    progress.replay([replay], later);
    progress.settle(entry, 1);
    expect(progress.next(now)).toBeUndefined();
    expect(progress.snapshot().replays).toEqual(["1"]);
  });

  it("starts no change beyond those read, because it will come anyway", () => {
    const progress = reading("a");
    progress.replay([{ id: "1", afterSeq: 1, recordId: "b" }], now);
    progress.replay([{ id: "2", afterSeq: 5, recordId: null }], now);
    expect(progress.read).toBe(1);
    expect(progress.pending.records).toBe(1);
  });
});

it("every change is sent and each record's in order, whatever happens and whenever a node dies", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const chance = randomOf(seed);
    const letters = Array.from({ length: 40 }, () => "abcdef"[Math.floor(chance() * 6)]).join("");
    const log = logOf(letters);
    const rows = new Map<string, Pending>();
    const sent: { recordId: string; seq: number }[] = [];
    let progress = new Progress({ seq: 0, pending: [] });
    let busy: Entry[] = [];
    const note = () => {
      const snapshot = progress.snapshot();
      for (const row of snapshot.pending) rows.set(row.recordId, row);
      for (const id of snapshot.settled) rows.delete(id);
      progress.noted(snapshot);
      return snapshot.seq;
    };
    let cursor = 0;
    for (let step = 0; step < 2_000; step++) {
      const what = chance();
      if (what < 0.3) {
        const some = 1 + Math.floor(chance() * 10);
        progress.take(log.slice(progress.read, progress.read + some), () => true);
      } else if (what < 0.6) {
        const entry = progress.next(now);
        if (entry && busy.length < 3) busy.push(Object.assign(entry, { busy: true }));
      } else if (what < 0.85 && busy.length > 0) {
        const [entry] = busy.splice(Math.floor(chance() * busy.length), 1) as [Entry];
        const next = log.find(
          ({ seq, recordId }) => recordId === entry.recordId && seq >= entry.seq && seq <= entry.upTo,
        );
        if (!next) progress.settle(entry, entry.upTo);
        else if (chance() < 0.3) progress.retry(entry, next.seq, now, now);
        else {
          sent.push({ recordId: next.recordId, seq: next.seq });
          progress.settle(entry, next.seq);
        }
        entry.busy = false;
      } else if (what < 0.95) {
        cursor = note();
      } else if (step < 1_500 && what < 0.97) {
        progress = new Progress({ seq: cursor, pending: [...rows.values()] });
        busy = [];
      }
      if (step > 1_500 && progress.read === log.length && progress.pending.records === 0) break;
    }
    const firsts = [...new Map(sent.map((one) => [one.seq, one])).keys()];
    expect(
      firsts.toSorted((a, b) => a - b),
      `seed ${seed}`,
    ).toEqual(log.map(({ seq }) => seq));
    for (const record of "abcdef") {
      const mine = firsts.filter((seq) => log[seq - 1]?.recordId === record);
      expect(mine, `seed ${seed}`).toEqual(mine.toSorted((a, b) => a - b));
    }
    expect(revived(progress, rows).pending.records).toBe(0);
  }
});

/** Pseudo-random numbers from 0 to 1 for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
