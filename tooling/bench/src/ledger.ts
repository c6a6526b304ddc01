import type { Outcome } from "./load/job.ts";
import type { Checks } from "./results.ts";
import type { Stored } from "./stored.ts";
import type { Running } from "./world.ts";

/** Compares acknowledged updates with the databases. */
export class Ledger {
  readonly checks: Checks = { answers: 0, wrong: 0, acknowledged: 0, stored: 0, failures: [] };

  /** Starts the bookkeeping of one measurement. @param writes whether the measurement changes anything */
  async open(
    server: Running,
    writes: boolean,
  ): Promise<{
    /** The number of entries in the log, which with one tenant is its latest `seq`; 0 without a log. */
    seq: number;
    close(
      what: string,
      outcome: Pick<Outcome, "total" | "byPort" | "wrong" | "firstWrong">,
      updates: number,
    ): Promise<void>;
  }> {
    const { checks } = this;
    const { stored, next } = server;
    const before = stored?.as === "log" ? await seqOf(stored) : 0;
    return {
      seq: before,
      async close(what, { total, byPort, wrong, firstWrong }, updates) {
        checks.answers += total;
        checks.wrong += wrong;
        if (wrong > 0) checks.failures.push(`${what}: ${wrong} of ${total} answers are wrong: ${firstWrong}`);
        if (total === 0) checks.failures.push(`${what}: there was no answer`);
        else if (byPort.includes(0)) checks.failures.push(`${what}: a node had nothing to do`);
        if (!stored) return;
        const expected = writes ? updates : 0;
        if (stored.as === "log") {
          const found = (await seqOf(stored)) - before;
          checks.acknowledged += expected;
          checks.stored += found;
          if (found !== expected)
            checks.failures.push(`${what}: ${expected} updates were acknowledged, ${found} are in the log`);
        } else {
          // Without a log, counts the customers that have a value of this measurement.
          const { count } = server.places.flat;
          const changed = await changedSince(stored, next);
          const should = Math.min(expected, count);
          checks.acknowledged += expected;
          checks.stored += changed === should ? expected : changed;
          if (changed !== should)
            checks.failures.push(`${what}: ${should} customers should have changed, ${changed} did`);
        }
      },
    };
  }

  /** Checks, after everything has stopped, that each log has all rows that its counter and customers refer to. */
  async closeBooks(servers: readonly Running[]): Promise<void> {
    for (const { name, stored } of servers) {
      if (stored?.as !== "log") continue;
      const tenants = await stored.rows(`
        select tenant, seq,
          (select count(*) from change_log l where l.tenant = c.tenant) as "rows",
          (select cast(coalesce(sum(version), 0) as bigint) from customers r where r.tenant = c.tenant) as versions,
          (select count(*) from change_log l where l.tenant = c.tenant and record_type = 'customer') as changes
        from tenant_counters c`);
      const wrong = tenants.find(({ seq, rows, versions, changes }) => seq !== rows || versions !== changes);
      if (wrong || tenants.length === 0)
        this.checks.failures.push(
          `${name}: the log contradicts its counter or its customers: ${JSON.stringify(wrong)}`,
        );
    }
  }
}

async function seqOf(stored: Stored): Promise<number> {
  const [counters] = await stored.rows("select cast(sum(seq) as bigint) as seq from tenant_counters");
  return counters?.["seq"] as number;
}

/** The number of customers with the value of this update or a later one. */
async function changedSince(stored: Stored, number: number): Promise<number> {
  const title = "State ";
  const [found] = await stored.rows(
    `select count(*) as changed from customers
     where case when address_state like '${title}_%' then cast(substr(address_state, ${title.length + 1}) as bigint) end >= ${number}`,
  );
  return found?.["changed"] as number;
}
