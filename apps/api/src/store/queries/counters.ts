import type { Counters } from "../database.ts";
import { ask, type Asker } from "./asker.ts";
import { compile, param, shape } from "./build.ts";

/** The counters of a tenant, and the time of the latest row in its log. */
const counters = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("tenant_counters as c")
      .leftJoin("change_log as l", (join) =>
        join.onRef("l.tenant", "=", "c.tenant").onRef("l.seq", "=", "c.seq"),
      )
      .select(["c.seq", "c.customer", "c.user", "c.channel", "l.at"])
      .where("c.tenant", "=", param<number>("tenant")),
  ),
);

/** The counters of the tenants that have a row. */
export async function countersOf(asker: Asker, tenants: readonly number[]): Promise<Map<number, Counters>> {
  const found = new Map<number, Counters>();
  const read = async (tenant: number) => {
    const [row] = await ask(asker, counters(asker.dialect), { tenant });
    if (!row) return;
    const [seq, customer, user, channel, at] = row as [number, number, number, number, string | null];
    found.set(tenant, { seq, customer, user, channel, latest: at ?? "" });
  };
  await Promise.all(tenants.map(read));
  return found;
}
