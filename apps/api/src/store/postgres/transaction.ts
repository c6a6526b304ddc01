import {
  Held,
  Lost,
  NotBegun,
  Superseded,
  Taken,
  TimedOut,
  Unconfirmed,
  type WriteTransaction,
} from "../database.ts";
import type { Connection } from "./connection.ts";
import { isLockTimeout, isLost, isSuperseded, isSurelyAborted, isTaken, isTimeout } from "./errors.ts";
import type { Asker } from "../queries/asker.ts";
import { countersOf } from "../queries/counters.ts";
import { decodeHeld, noteWrites } from "../queries/deliveries.ts";
import { load } from "../queries/load.ts";
import { ancestors } from "../queries/records.ts";
import { pruned, writesOf } from "../queries/write.ts";
import { postgres } from "./dialect.ts";
import { arrayOf } from "./values.ts";
import { step, write } from "./write.ts";
import type { Writer } from "./writer.ts";

/**
 * What holds for each transaction, whatever the server's own settings are. Only settings of the
 * transaction are made, none of the session, so that a pooler may share the connection.
 *
 * - Read committed: what is read after the tenants' rows are locked is what the last writer has left.
 * - What is committed is on the disk.
 * - A node that hangs with locks held, or one that waits for them, gives up before its clients do.
 * - All look-ups are by an index, so one plan for each statement is enough, and no time is spent on
 *   others. What was planned while a table was small is planned again; see `plansAreOld`.
 */
const beginSql = "begin isolation level read committed read write";
const settings = {
  synchronous_commit: "coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')",
  // For those of the tenants; see `lock`.
  lock_timeout: "'1s'",
  statement_timeout: "'30s'",
  idle_in_transaction_session_timeout: "'30s'",
  enable_seqscan: "'off'",
  enable_hashjoin: "'off'",
  enable_mergejoin: "'off'",
  jit: "'off'",
  plan_cache_mode: "'force_generic_plan'",
};
/** One statement that stays prepared: as many of `set local`, read anew each time, cost more than the rest of a begin. */
const settingsSql = `select ${Object.entries(settings)
  .map(([name, value]) => `set_config('${name}', ${value}, true)`)
  .join(", ")}`;

/**
 * A write transaction on PostgreSQL. It locks the rows of its tenants in `tenant_counters`, in the
 * order of their numbers. So each tenant has one writer at a time, on all nodes together: its log's
 * `seq` has no gap and becomes visible in order, and what is read of it stays true until the commit.
 */
export function openTransaction(writer: Writer): WriteTransaction {
  let connection: Connection | undefined;
  let marked = false;

  /** Begins with some work, sent together with the begin: it is done twice where the first time was in vain. */
  const begin = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    for (let again = false; ; again = true) {
      connection = await writer.connection().catch((cause: unknown) => {
        throw new NotBegun({ cause });
      });
      try {
        const first = connection.plansAreOld() ? `discard plans; ${beginSql}` : beginSql;
        const begun = [connection.script(first), connection.run(settingsSql)];
        const [done] = await Promise.all([work(connection), ...begun]);
        return done;
      } catch (error) {
        // The connection may have been lost long ago, and nobody has noticed.
        if (again || !connection.lost) throw translated(error, connection);
      }
    }
  };
  const on = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    if (!connection) return begin(work);
    try {
      return await work(connection);
    } catch (error) {
      throw translated(error, connection);
    }
  };

  return {
    async start(tenants, wants) {
      try {
        return await begin(async (connection) => {
          // In this order: what is read is what the last writer has left.
          const asker = askerOn(connection);
          const [, counters, found] = await Promise.all([
            lock(connection, tenants),
            countersOf(asker, tenants),
            load(asker, wants),
          ]);
          return { counters, found };
        });
      } catch (error) {
        const cause = error instanceof TimedOut ? error.cause : undefined;
        if (!isLockTimeout(cause)) throw error;
        const others = await on(async (connection) => {
          await connection.script("rollback");
          return held(connection, tenants);
        });
        // Else it is not for the tenants that it has waited.
        throw others.size > 0 ? new Held(others, { cause }) : error;
      }
    },
    load: (wants) => on((connection) => load(askerOn(connection), wants)),
    ancestors: (of) => on((connection) => ancestors(askerOn(connection), of)),
    write: (flush) =>
      on((connection) => write(connection, writesOf(postgres, flush), pruned(postgres, flush.keys))),
    // Each write is answered before it returns: what is left is what PostgreSQL puts off until the commit.
    settle: () => on(async (connection) => void (await connection.script(checkDeferred))),
    note: (note) =>
      on(async (connection) => {
        const { writes, steps, held } = noteWrites(postgres, note);
        // The first that failed is what is thrown, and not what that did to those after it.
        const [, { rows }] = await Promise.all([write(connection, writes, steps), step(connection, held)]);
        return decodeHeld(rows);
      }),
    savepoint: () =>
      on(async (connection) => {
        // One at a time: savepoints within savepoints would make every later statement slower.
        await connection.script(`${marked ? "release savepoint attempt; " : ""}savepoint attempt`);
        marked = true;
      }),
    rollbackToSavepoint: () =>
      on(async (connection) => {
        if (!connection.lost) await connection.script("rollback to savepoint attempt");
      }),
    touch: () =>
      on(async (connection) => {
        await connection.script(
          "update migrations set name = name where id = (select min(id) from migrations)",
        );
      }),
    async commit() {
      if (!connection) return;
      if (connection.lost)
        throw new Lost({ cause: new Error("the connection to PostgreSQL was lost before the commit") });
      const { cancelledWaits } = connection;
      let tag: string | undefined;
      try {
        tag = (await connection.script("commit"))[0]?.command;
      } catch (error) {
        throw isSurelyAborted(error) ? translated(error, connection) : new Unconfirmed({ cause: error });
      }
      if (tag !== "COMMIT") throw new Error("PostgreSQL has rolled the transaction back at its commit");
      if (connection.cancelledWaits > cancelledWaits)
        throw new Unconfirmed({ cause: new Error("the wait for the synchronous standby was cancelled") });
    },
    async tidy() {
      // What was erased is overwritten by the database's own vacuum.
    },
    async rollback() {
      if (!connection || connection.lost || connection.idle) return;
      await connection.script("rollback").catch(() => connection?.abandon());
    },
  };
}

/** Looks at deferred constraints now, and puts those off again that come after. */
const checkDeferred = "set constraints all immediate; set constraints all deferred";

const makeCounters = `
  insert into tenant_counters (tenant, seq, customer, "user", channel)
  select t, 0, 0, 0, 0 from unnest($1::bigint[]) t order by t on conflict do nothing`;
const lockCounters = `
  select tenant from tenant_counters where tenant = any($1::bigint[]) order by tenant for update`;
const freeCounters = `
  select tenant from tenant_counters where tenant = any($1::bigint[]) order by tenant for update skip locked`;
/** For what else there may be to wait for, now that nobody waits for this tenant behind this node. */
const bePatient = "select set_config('lock_timeout', '10s', true)";

/** Locks the counters of the tenants, made where there are none yet: statements after it see what the last writer has left. */
async function lock(connection: Connection, tenants: readonly number[]): Promise<void> {
  if (tenants.length === 0) return;
  const list = [arrayOf(tenants)];
  await Promise.all([
    connection.run(makeCounters, list),
    connection.run(lockCounters, list),
    connection.run(bePatient),
  ]);
}

const askerOn = (connection: Connection): Asker => ({
  dialect: postgres,
  all: async (sql, values) => (await connection.run(sql, values)).rows,
});

/** Those of the tenants to which somebody else writes at this moment. */
async function held(connection: Connection, tenants: readonly number[]): Promise<Set<number>> {
  // Rolled back: to commit the locks would be to wait for the synchronous standby, if there is one.
  const [, { rows }] = await Promise.all([
    connection.script("begin"),
    connection.run(freeCounters, [arrayOf(tenants)]),
    connection.script("rollback"),
  ]);
  const free = new Set(rows.map(([tenant]) => tenant as number));
  return new Set(tenants.filter((tenant) => !free.has(tenant)));
}

/** An error as GroupCommit is told of it. */
function translated(error: unknown, connection: Connection): unknown {
  if (error instanceof Lost) return error;
  if (isSuperseded(error)) return new Superseded({ cause: error });
  if (connection.lost || isLost(error)) return new Lost({ cause: error });
  if (isTimeout(error)) return new TimedOut({ cause: error });
  return isTaken(error) ? new Taken({ cause: error }) : error;
}
