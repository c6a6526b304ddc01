import type { RecordType } from "@roster/domain";
import { sql } from "kysely";
import { ask, type Asker, shape } from "./asker.ts";
import { compile, param } from "./build.ts";

/** Figures about a stretch of a tenant's log. */

/** How many changes were made on a day, by an actor, through a surface. */
export interface Tally {
  day: string;
  actor: string;
  source: string;
  count: number;
}

const tallies = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("change_log as l")
      .select([sql<string>`substr(l.at, 1, 10)`.as("day"), "l.actor", "l.source"])
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("l.tenant", "=", param<number>("tenant"))
      .where("l.seq", ">", param<number>("after"))
      .where("l.seq", "<=", param<number>("end"))
      .where(dialect.isIn("l.record_type", "types"))
      .groupBy([sql`substr(l.at, 1, 10)`, "l.actor", "l.source"]),
  ),
);

/** Counts the changes with `after` < `seq` ≤ `end` of records of these types. */
export const talliesOf = async (
  asker: Asker,
  tenant: number,
  { after, end, types }: { after: number; end: number; types: readonly RecordType[] },
): Promise<Tally[]> =>
  (await ask(asker, tallies(asker.dialect), { tenant, after, end, types: asker.dialect.list(types) })).map(
    ([day, actor, source, count]) => ({
      day: day as string,
      actor: actor as string,
      source: source as string,
      count: Number(count),
    }),
  );

const instants = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("change_log as l")
      .select("l.at")
      .where("l.tenant", "=", param<number>("tenant"))
      .where("l.seq", "=", param<number>("seq")),
  ),
);

/** When the change with this `seq` was made. */
export const instantOf = async (asker: Asker, tenant: number, seq: number): Promise<string | undefined> =>
  (await ask(asker, instants(asker.dialect), { tenant, seq }))[0]?.[0] as string | undefined;
