import BetterSqlite from "better-sqlite3";
import type { Outcome } from "./load/job.ts";
import type { Checks } from "./results.ts";
import type { Running } from "./world.ts";

/** Compares what was acknowledged with what is in the databases. */
export class Ledger {
  readonly checks: Checks = { answers: 0, wrong: 0, acknowledged: 0, stored: 0, failures: [] };

  /** Opens the books for one measurement. @param writes whether it is to change anything */
  open(
    server: Running,
    writes: boolean,
  ): {
    close(what: string, outcome: Pick<Outcome, "total" | "wrong" | "firstWrong">, updates: number): void;
  } {
    const { checks } = this;
    const { stores, next } = server;
    const before = stores?.as === "log" ? seqOf(stores.file) : 0;
    return {
      close(what, { total, wrong, firstWrong }, updates) {
        checks.answers += total;
        checks.wrong += wrong;
        if (wrong > 0) checks.failures.push(`${what}: ${wrong} of ${total} answers are wrong: ${firstWrong}`);
        if (total === 0) checks.failures.push(`${what}: there was no answer`);
        if (!stores) return;
        const expected = writes ? updates : 0;
        if (stores.as === "log") {
          const stored = seqOf(stores.file) - before;
          checks.acknowledged += expected;
          checks.stored += stored;
          if (stored !== expected)
            checks.failures.push(`${what}: ${expected} updates were acknowledged, ${stored} are in the log`);
        } else {
          // Without a log, what can be seen is which customers have a value of this measurement.
          const { count } = server.places.flat;
          const changed = changedSince(stores.file, next);
          const should = Math.min(expected, count);
          checks.acknowledged += expected;
          checks.stored += changed === should ? expected : changed;
          if (changed !== should)
            checks.failures.push(`${what}: ${should} customers were to change, ${changed} did`);
        }
      },
    };
  }

  /** When everything has stopped: whether each log has all that its counter and its customers speak of. */
  async closeBooks(servers: readonly Running[]): Promise<void> {
    for (const { name, stores } of servers) {
      if (stores?.as !== "log") continue;
      const found = read(stores.file, (database) => ({
        seq: seqIn(database),
        rows: database.prepare("select count(*) from change_log where tenant = 1").pluck().get(),
        versions: database.prepare("select sum(version) from customers where tenant = 1").pluck().get(),
        changes: database
          .prepare("select count(*) from change_log where tenant = 1 and record_type = 'customer'")
          .pluck()
          .get(),
      }));
      if (found.seq !== found.rows || found.versions !== found.changes)
        this.checks.failures.push(`${name}: the log does not tell what was done: ${JSON.stringify(found)}`);
    }
  }
}

const read = <T>(file: string, ask: (database: BetterSqlite.Database) => T): T => {
  const database = new BetterSqlite(file, { readonly: true });
  try {
    return ask(database);
  } finally {
    database.close();
  }
};

const seqIn = (database: BetterSqlite.Database): number =>
  database.prepare("select seq from tenant_counters where tenant = 1").pluck().get() as number;
const seqOf = (file: string): number => read(file, seqIn);

/** How many customers have the value of an update with this number or a later one. */
const changedSince = (file: string, number: number): number =>
  read(
    file,
    (database) =>
      database
        .prepare("select count(*) from customers where cast(substr(job, ?) as integer) >= ?")
        .pluck()
        .get("Engineer ".length + 1, number) as number,
  );
