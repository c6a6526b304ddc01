import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { Lost, NotBegun, Unconfirmed, type Counters, type WriteTransaction } from "../database.ts";
import { ancestors, type Query } from "./queries.ts";
import { decodeHeld, noteStatements } from "./deliveries.ts";
import { isUnconfirmed, translated } from "./errors.ts";
import { wanted } from "./wanted.ts";
import { statementsOf } from "./write.ts";
import type { Statement, Writer } from "./writer.ts";

/** The write-ahead log beside the file. */
export interface WriteAheadLog {
  /** It may hold what was erased. */
  tainted: boolean;
  /** For how long those who read it are waited for, in milliseconds. */
  patience: number;
}

/** This process's own reads are soon done. */
export const taintedLog = (): WriteAheadLog => ({ tainted: true, patience: 100 });

/**
 * A write transaction on SQLite. `BEGIN IMMEDIATE` takes the write lock before anything is read, so
 * that what is read stays true until the commit.
 *
 * What it writes is sent together with what is asked next, so that a usual commit takes two messages
 * to the thread that writes: one that begins and reads, one that writes and commits.
 */
export function openTransaction(writer: Writer, wal: WriteAheadLog): WriteTransaction {
  let begun = false;
  let unsent: Statement[] = [];

  const run = async (statements: Statement[], transaction?: "begin" | "commit") => {
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
  const ask = async <T>(queries: readonly Query<T>[]): Promise<T[]> => {
    const statements = new Map<string, Statement>();
    for (const { sql, values } of queries) {
      const statement = statements.get(sql);
      if (statement) statement.rows.push([...values]);
      else statements.set(sql, { sql, rows: [[...values]] });
    }
    const results = await send(...statements.values());
    const found = new Map([...statements.keys()].map((sql, i) => [sql, results[i]?.values()] as const));
    return queries.map(({ sql, answer }) => answer(found.get(sql)?.next().value ?? []));
  };

  return {
    async start(tenants, wants) {
      const counted = tenants.map(counters);
      const asked: Query<unknown>[] = [...counted, ...wants.map(({ tenant, want }) => wanted(tenant, want))];
      const found = await ask(asked);
      const known = found.slice(0, tenants.length) as ReturnType<(typeof counted)[number]["answer"]>[];
      return {
        counters: new Map(known.filter((entry) => entry !== undefined)),
        found: found.slice(tenants.length),
      };
    },
    load: (wants) => ask(wants.map(({ tenant, want }) => wanted(tenant, want))),
    async ancestors(of) {
      const chains = await ask(of.map(({ tenant, id }) => ancestors(tenant, id)));
      return chains.flatMap((chain, i) =>
        chain.map((customer) => ({ tenant: (of[i] as { tenant: number }).tenant, customer })),
      );
    },
    async write(flush) {
      if (flush.erasures.length > 0) Object.assign(wal, taintedLog());
      unsent.push(...statementsOf(flush));
    },
    settle: async () => void (await send()),
    async note(note) {
      const held = (await send(...noteStatements(note))).at(-1)?.[0];
      return decodeHeld(held ?? []);
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
      if (!begun) return;
      try {
        await run([], "commit");
      } catch (error) {
        throw isUnconfirmed(error) ? new Unconfirmed({ cause: error }) : translated(error);
      }
    },
    async tidy() {
      // Freed pages are overwritten as they are freed; the log is emptied as soon as nobody reads it.
      if (!wal.tainted) return;
      const patience = plain(`pragma busy_timeout = ${wal.patience}`);
      // Who goes on for longer is not waited for again by each change that follows.
      wal.patience = 0;
      const checkpoint = [
        patience,
        plain("pragma wal_checkpoint(TRUNCATE)"),
        plain("pragma busy_timeout = 0"),
      ];
      const [, [[[busy]]]] = (await writer.run(checkpoint)) as [unknown, [[[number]]], unknown];
      if (busy !== 0) throw new Error("another process reads the write-ahead log");
      wal.tainted = false;
    },
    async rollback() {
      unsent = [];
      if (begun) await writer.run([], "rollback");
    },
  };
}

const plain = (sql: string): Statement => ({ sql, rows: [[]] });

const counters = (tenant: number): Query<[number, Counters] | undefined> => ({
  sql: "select c.seq, c.customer, c.user, c.channel, coalesce(l.at, '') from tenant_counters c left join change_log l on l.tenant = c.tenant and l.seq = c.seq where c.tenant = ?",
  values: [tenant],
  answer([row]) {
    if (!row) return undefined;
    const [seq, customer, user, channel, latest] = row as [number, number, number, number, string];
    return [tenant, { seq, customer, user, channel, latest }];
  },
});

/** How much room there must be for the write-ahead log to grow, in bytes: as much as the largest request may take. */
const leastRoom = 1024 * 1024;

/**
 * A commit that has failed for lack of room leaves the log as long as it had become, and small changes
 * fit in there still: that one can be stored does not show that others can.
 */
function checkRoom(file: string): void {
  const { bavail, bsize, blocks } = statfsSync(dirname(file));
  // Some file systems do not say how large they are.
  if (blocks > 0 && bavail * bsize < leastRoom) throw new Error("the disk is full");
}
