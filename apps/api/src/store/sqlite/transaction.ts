import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { Lost, NotBegun, Unconfirmed, type WriteTransaction } from "../database.ts";
import { type Asker, valuesOf } from "../queries/asker.ts";
import type { Write } from "../queries/build.ts";
import { decodeHeld, noteWrites, type Step } from "../queries/deliveries.ts";
import { nextStep } from "../queries/index-builds.ts";
import { keepingWrites } from "../queries/keeping.ts";
import { countersOf, load } from "../queries/load.ts";
import { ancestors } from "../queries/records.ts";
import { pruned, writesOf } from "../queries/write.ts";
import { sqlite } from "./dialect.ts";
import { isBusy, isUnconfirmed, translated } from "./errors.ts";
import type { Statement } from "./write-connection.ts";
import type { Writer } from "./writer.ts";

/** The write-ahead log beside the file. */
export interface WriteAheadLog {
  /** Whether it may hold erased data. */
  tainted: boolean;
  /** How long a checkpoint waits for readers of the log, in milliseconds. */
  patience: number;
}

/** A log that may hold erased data. Reads of this process end well within 100 ms. */
export const taintedLog = (): WriteAheadLog => ({ tainted: true, patience: 100 });

/**
 * A write transaction on SQLite. `BEGIN IMMEDIATE` takes the write lock before the first read, so that
 * everything read stays true until the commit.
 *
 * Writes are sent together with the next read, so that a usual commit takes two messages to the writer
 * thread: one that begins and reads, and one that writes and commits.
 */
export function openTransaction(writer: Writer, wal: WriteAheadLog): WriteTransaction {
  let begun = false;
  let unsent: Statement[] = [];

  const run = async (statements: Statement[], transaction?: "begin" | "commit" | "whole") => {
    const before = unsent;
    unsent = [];
    return (await writer.run([...before, ...statements], transaction)).slice(before.length);
  };
  const send = async (...statements: Statement[]): Promise<unknown[][][][]> => {
    const beginning = !begun;
    begun = true;
    try {
      return await run(statements, beginning ? "begin" : undefined);
    } catch (error) {
      const failure = translated(error);
      throw beginning && failure instanceof Lost ? new NotBegun({ cause: error }) : failure;
    }
  };
  /** Reads of one turn of the event loop, which are sent to the thread in one message. */
  let asked: { statement: Statement; answer: PromiseWithResolvers<unknown[][]> }[] = [];
  const sendAsked = async (): Promise<void> => {
    const sending = asked;
    asked = [];
    try {
      const results = await send(...sending.map(({ statement }) => statement));
      for (const [i, { answer }] of sending.entries()) answer.resolve(results[i]?.[0] ?? []);
    } catch (error) {
      for (const { answer } of sending) answer.reject(error);
    }
  };
  const asker: Asker = {
    dialect: sqlite,
    all(sql, values) {
      const answer = Promise.withResolvers<unknown[][]>();
      if (asked.push({ statement: { sql, rows: [[...values]] }, answer }) === 1)
        queueMicrotask(() => void sendAsked());
      return answer.promise;
    },
  };

  return {
    async start(tenants, wants) {
      const [counters, found] = await Promise.all([countersOf(asker, tenants), load(asker, wants)]);
      return { counters, found };
    },
    load: (wants) => load(asker, wants),
    ancestors: (of) => ancestors(asker, of),
    async write(flush, now = false) {
      if (flush.erasures.length > 0) Object.assign(wal, taintedLog());
      unsent.push(...writesOf(sqlite, flush).map(rowByRow), ...pruned(sqlite, flush.keys).map(once));
      if (now) await send();
    },
    async buildIndex(tenant, limit) {
      const writes = await nextStep(asker, tenant, limit);
      if (writes) unsent.push(...writes.map(rowByRow));
      return writes !== undefined;
    },
    async keep(keepings) {
      unsent.push(...keepingWrites(sqlite, keepings).map(rowByRow));
    },
    settle: async () => void (await send()),
    async note(note) {
      const { writes, steps, held } = noteWrites(sqlite, note);
      const results = await send(...writes.map(rowByRow), ...steps.map(once), once(held));
      return decodeHeld(results.at(-1)?.[0] ?? []);
    },
    savepoint: async () => void (await send(plain("savepoint attempt"))),
    async rollbackToSavepoint() {
      unsent = [];
      await send(plain("rollback to attempt"));
    },
    async touch() {
      checkRoom(writer.files.file);
      const [[[[version]]]] = (await send(plain("pragma user_version"))) as [[[[number]]]];
      await send(plain(`pragma user_version = ${version}`));
    },
    async commit() {
      const whole = !begun;
      if (whole && unsent.length === 0) return;
      begun = true;
      try {
        await run([], whole ? "whole" : "commit");
      } catch (error) {
        if (isUnconfirmed(error)) throw new Unconfirmed({ cause: error });
        throw whole && isBusy(error) ? new NotBegun({ cause: error }) : translated(error);
      }
    },
    async tidy() {
      // `secure_delete` overwrites freed pages; the log is emptied as soon as no process reads it.
      if (!wal.tainted) return;
      const patience = plain(`pragma busy_timeout = ${wal.patience}`);
      // Later changes do not wait again for a reader that has exceeded the limit.
      wal.patience = 0;
      const checkpoint = [
        patience,
        plain("pragma wal_checkpoint(TRUNCATE)"),
        plain("pragma busy_timeout = 0"),
      ];
      const [, [[[busy]]]] = (await writer.run(checkpoint)) as [unknown, [[[number]]], unknown];
      if (busy !== 0) throw new Error("another process is reading the write-ahead log");
      wal.tainted = false;
    },
    async rollback() {
      unsent = [];
      if (begun) await writer.run([], "rollback");
    },
  };
}

const plain = (sql: string): Statement => ({ sql, rows: [[]] });

/** A statement to run once per row, unless it takes them together. */
const rowByRow = ({ statement, rows, must }: Write): Statement => {
  const { sql, names, columns, together } = statement;
  if (together) return { sql, rows: [valuesOf(statement, sqlite.bindRows(columns, rows))] };
  const places = Object.keys(columns);
  // Most statements take their values in the order of the columns.
  const inOrder = names.length === places.length && names.every((name, i) => name === places[i]);
  const at = names.map((name) => places.indexOf(name));
  return { sql, rows: inOrder ? rows : rows.map((row) => at.map((i) => row[i])), must };
};

const once = ({ statement, values }: Step): Statement => ({
  sql: statement.sql,
  rows: [valuesOf(statement, values)],
});

/** The free disk space required for the write-ahead log, in bytes: the size of the largest request. */
const leastRoom = 1024 * 1024;

/**
 * Checks the free disk space. A commit that fails for lack of space leaves the log at the length it had
 * reached, and small changes still fit there, so storing one does not show that others can be stored.
 */
function checkRoom(file: string): void {
  const { bavail, bsize, blocks } = statfsSync(dirname(file));
  // Some file systems do not report their size.
  if (blocks > 0 && bavail * bsize < leastRoom) throw new Error("the disk is full");
}
