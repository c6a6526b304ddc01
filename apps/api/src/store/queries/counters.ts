import type { Counters } from "../database.ts";
import { askAll, type Asker } from "./asker.ts";
import { question, shape } from "./build.ts";

/** The counters of tenants, and the time of the latest row in each tenant's log. */
const counters = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .crossJoin("tenant_counters as c")
        .leftJoin("change_log as l", (join) =>
          join.onRef("l.tenant", "=", "c.tenant").onRef("l.seq", "=", "c.seq"),
        )
        .select(["w.i", "c.seq", "c.customer", "c.user", "c.channel", "l.at"])
        .where("c.tenant", "=", tenant),
    ([row]): Counters | undefined => {
      if (!row) return undefined;
      const [, seq, customer, user, channel, at] = row as [
        number,
        number,
        number,
        number,
        number,
        string | null,
      ];
      return { seq, customer, user, channel, latest: at ?? "" };
    },
  ),
);

/** The counters of the tenants that have a row. */
export async function countersOf(asker: Asker, tenants: readonly number[]): Promise<Map<number, Counters>> {
  const all = await askAll(
    asker,
    counters(asker.dialect),
    tenants.map((tenant) => [tenant]),
  );
  return new Map(tenants.flatMap((tenant, i) => (all[i] ? [[tenant, all[i]] as const] : [])));
}
