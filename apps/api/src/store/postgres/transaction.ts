import {
  Held,
  Lost,
  NotBegun,
  Superseded,
  Taken,
  TimedOut,
  Unconfirmed,
  type TenantWant,
  type WriteTransaction,
} from "../database.ts";
import type { Connection } from "./connection.ts";
import { isLockTimeout, isLost, isSuperseded, isSurelyAborted, isTaken, isTimeout } from "./errors.ts";
import type { Asker, SqlDialect } from "../queries/asker.ts";
import { decodeHeld, noteWrites } from "../queries/deliveries.ts";
import { nextStep } from "../queries/index-builds.ts";
import { keepingWrites } from "../queries/keeping.ts";
import { countersOf, load } from "../queries/load.ts";
import { ancestors } from "../queries/records.ts";
import { pruned, writesOf } from "../queries/write.ts";
import { arrayOf } from "./values.ts";
import { step, write } from "./write.ts";
import type { Writer } from "./writer.ts";

/**
 * The settings of each transaction, whatever the server's own are. They apply to the transaction, not to the
 * session, so that a pooler may share the connection.
 *
 * - Read committed: reads after the tenants' rows are locked see what the last writer committed.
 * - A commit is on disk when it is confirmed.
 * - A node that hangs with locks held, or waits for them, gives up before its clients do.
 * - All look-ups use an index, so one generic plan per statement suffices and saves planning time. Plans made
 *   while a table was small are replaced; see `plansAreOld`.
 */
const beginSql = "begin isolation level read committed read write";
const settings = {
  synchronous_commit: "coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')",
  // Limits the wait for the locks of the tenants; see `lock`.
  lock_timeout: "'1s'",
  statement_timeout: "'30s'",
  idle_in_transaction_session_timeout: "'30s'",
  enable_seqscan: "'off'",
  enable_hashjoin: "'off'",
  enable_mergejoin: "'off'",
  jit: "'off'",
  plan_cache_mode: "'force_generic_plan'",
};
/** One prepared statement: this many `set local`, parsed each time, would cost more than the rest of a begin. */
const settingsSql = `select ${Object.entries(settings)
  .map(([name, value]) => `set_config('${name}', ${value}, true)`)
  .join(", ")}`;

/**
 * A write transaction on PostgreSQL. It locks the rows of its tenants in `tenant_counters`, in the order of
 * their numbers. So each tenant has one writer at a time across all nodes: its log's `seq` has no gap and
 * becomes visible in order, and everything read of the tenant stays true until the commit.
 */
export function openTransaction(writer: Writer, dialect: SqlDialect): WriteTransaction {
  let connection: Connection | undefined;
  let marked = false;

  /**
   * Begins the transaction and sends its first work along. On a connection that turns out to be lost, both
   * are repeated once.
   */
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
        // The connection may have been lost while idle.
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
      let isLocked = false;
      const locked = () => (isLocked = true);
      try {
        return await begin(async (connection) => {
          isLocked = false;
          const started = await lockAndRead(connection, dialect, tenants, wants, locked);
          if (started.counters.size === tenants.length) return started;
          // A tenant gets its counters with the first change in it.
          await runFor(connection, makeCounters, tenants, dialect);
          return lockAndRead(connection, dialect, tenants, wants, locked);
        });
      } catch (error) {
        const cause = error instanceof TimedOut ? error.cause : undefined;
        // With the tenants locked, the wait was for another lock.
        if (isLocked || !isLockTimeout(cause)) throw error;
        const others = await on(async (connection) => {
          await connection.script("rollback");
          return held(connection, dialect, tenants);
        });
        // The other transaction may have ended since: then nothing is wrong with these commands.
        if (others.size === 0) throw new Superseded({ cause });
        // On a server that has been succeeded, a commit that waits for its standby holds them for good.
        writer.leaveIfOld();
        throw new Held(others, { cause });
      }
    },
    load: (wants) => on((connection) => load(askerOn(connection, dialect), wants)),
    ancestors: (of) => on((connection) => ancestors(askerOn(connection, dialect), of)),
    write: (flush) =>
      on((connection) => write(connection, dialect, writesOf(dialect, flush), pruned(dialect, flush.keys))),
    buildIndex: (tenant, limit) =>
      on(async (connection) => {
        const writes = await nextStep(askerOn(connection, dialect), tenant, limit);
        if (writes) await write(connection, dialect, writes, []);
        return writes !== undefined;
      }),
    keep: (keepings) => on((connection) => write(connection, dialect, keepingWrites(dialect, keepings), [])),
    // Writes are answered before they return; only the checks that PostgreSQL defers to the commit are left.
    settle: () => on(async (connection) => void (await connection.script(checkDeferred))),
    note: (note) =>
      on(async (connection) => {
        const { writes, steps, held } = noteWrites(dialect, note);
        // The first failure is thrown, not its consequences for later statements.
        const [, { rows }] = await Promise.all([
          write(connection, dialect, writes, steps),
          step(connection, held),
        ]);
        return decodeHeld(rows);
      }),
    savepoint: () =>
      on(async (connection) => {
        // One at a time: nested savepoints would make every later statement slower.
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
      if (tag !== "COMMIT") throw new Error("PostgreSQL rolled the transaction back at its commit");
      if (connection.cancelledWaits > cancelledWaits)
        throw new Unconfirmed({ cause: new Error("the wait for the synchronous standby was cancelled") });
    },
    async tidy() {
      // PostgreSQL's own vacuum overwrites erased data.
    },
    async rollback() {
      if (!connection || connection.lost || connection.idle) return;
      await connection.script("rollback").catch(() => connection?.abandon());
    },
  };
}

/** Checks deferred constraints now, and defers later ones again. */
const checkDeferred = "set constraints all immediate; set constraints all deferred";

/** Locks the counters of tenants, in the order of their numbers. */
const lockCounters = (sharded: boolean, how = ""): string =>
  `select tenant from tenant_counters where tenant = ${sharded ? "$1" : "any($1::bigint[])"} order by tenant for update${how}`;
const makeCounters = (sharded: boolean): string =>
  `insert into tenant_counters (tenant, seq, customer, "user", channel) ${
    sharded ? "values ($1, 0, 0, 0, 0)" : "select t, 0, 0, 0, 0 from unnest($1::bigint[]) t order by t"
  } on conflict do nothing`;
const freeCounters = (sharded: boolean): string => lockCounters(sharded, " skip locked");
/** A longer limit for other locks, now that no command waits for this tenant behind this node. */
const bePatient = "select set_config('lock_timeout', '10s', true)";

/** Runs a statement about tenants: one for all or, if the database is sharded by tenant, one for each. */
async function runFor(
  connection: Connection,
  statement: (sharded: boolean) => string,
  tenants: readonly number[],
  { oneTenant }: SqlDialect,
): Promise<unknown[][]> {
  if (tenants.length === 0) return [];
  const values = oneTenant ? tenants : [arrayOf(tenants)];
  const results = await Promise.all(values.map((one) => connection.run(statement(oneTenant), [one])));
  return results.flatMap(({ rows }) => rows);
}

/**
 * Locks the counters of tenants and reads them and the wants. The locks come first, so that the reads see
 * the commit of the last writer. Nothing is locked of a tenant without counters.
 * @param isLocked called when the tenants are locked
 */
async function lockAndRead(
  connection: Connection,
  dialect: SqlDialect,
  tenants: readonly number[],
  wants: readonly TenantWant[],
  isLocked: () => void,
) {
  const asker = askerOn(connection, dialect);
  const locked = runFor(connection, lockCounters, tenants, dialect).then(isLocked);
  const patient = tenants.length > 0 && connection.run(bePatient);
  const [counters, found] = await Promise.all([
    countersOf(asker, tenants),
    load(asker, wants),
    locked,
    patient,
  ]);
  return { counters, found };
}

const askerOn = (connection: Connection, dialect: SqlDialect): Asker => ({
  dialect,
  all: async (sql, values) => (await connection.run(sql, values)).rows,
});

/** The tenants to which another transaction is writing now. */
async function held(
  connection: Connection,
  dialect: SqlDialect,
  tenants: readonly number[],
): Promise<Set<number>> {
  // Rolled back, because committing the locks would wait for a synchronous standby, if there is one.
  const [, rows] = await Promise.all([
    connection.script("begin"),
    runFor(connection, freeCounters, tenants, dialect),
    connection.script("rollback"),
  ]);
  const free = new Set(rows.map(([tenant]) => tenant as number));
  return new Set(tenants.filter((tenant) => !free.has(tenant)));
}

/** Maps an error of PostgreSQL to the store's error classes. */
function translated(error: unknown, connection: Connection): unknown {
  if (error instanceof Lost) return error;
  if (isSuperseded(error)) return new Superseded({ cause: error });
  if (connection.lost || isLost(error)) return new Lost({ cause: error });
  if (isTimeout(error)) return new TimedOut({ cause: error });
  return isTaken(error) ? new Taken({ cause: error }) : error;
}
