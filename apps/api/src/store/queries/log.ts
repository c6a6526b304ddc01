import type { StoredRecords } from "@roster/domain";
import { sql } from "kysely";
import type { ChangeQuery, ChangeStep } from "../changes.ts";
import type { Found } from "../database.ts";
import { decodeEntry, decodeLatest, logColumns } from "../rows.ts";
import { withActors } from "./actor-names.ts";
import { ask, type Asker, shape } from "./asker.ts";
import { acrossTenants, compile, param, rowsAs, text, type DB } from "./build.ts";
import { latestColumns } from "./records.ts";

/** Reads of a tenant's log in the order of its `seq`. */

/**
 * The maximum number of rows of an index or of the log that one step of a list or of the feed reads. A filter
 * without an index then makes a step short, with a position to continue from, instead of scanning the tenant.
 */
export const scanBudget = 2_000;

/** The columns of an entry, in the order that `decodeEntry` expects. */
export const entryNames = logColumns as Exclude<keyof DB["change_log"], "tenant" | "prev_seq">[];
/** The same, behind the alias `l`. */
export const entryColumns = entryNames.map((name) => `l.${name}` as const);

/**
 * A range of the log. A window function adds up the sizes of the entries, so that only as
 * many as needed are read; another marks the last entry found.
 */
const stretch = shape((dialect, types: boolean, ids: boolean) =>
  compile(dialect, (db) => {
    const sized = db
      .selectFrom("change_log as c")
      .select(["c.seq", dialect.size("c.changes").as("size")])
      .where("c.tenant", "=", param<number>("tenant"))
      .where("c.seq", ">", param<number>("after"))
      .where("c.seq", "<=", param<number>("end"))
      .$if(types, (query) => query.where(dialect.isIn("c.record_type", "types")))
      .$if(ids, (query) => query.where(dialect.isIn("c.record_id", "ids")))
      .orderBy("c.seq")
      .limit(param<number>("limit"))
      .as("c");
    const added = db
      .selectFrom(sized)
      .select(["c.seq", "c.size", sql<number>`sum(c.size) over (order by c.seq)`.as("total")])
      .select(sql<number | null>`lead(c.seq) over (order by c.seq)`.as("following"))
      .as("s");
    return db
      .selectFrom(added)
      .crossJoin("change_log as l")
      .select([...entryColumns, "s.following"])
      .where("l.tenant", "=", param<number>("tenant"))
      .whereRef("l.seq", "=", "s.seq")
      .where(sql<number>`s.total - s.size`, "<=", param<number>("enough"));
  }),
);

/** One step through a tenant's log. `seq` has no gaps, so the range of `seq` is the number of rows read. */
export async function changes(asker: Asker, tenant: number, query: ChangeQuery): Promise<ChangeStep> {
  const { after, upTo, types, ids, limit, enough } = query;
  const end = Math.min(upTo, after + scanBudget);
  if (end <= after) return { items: [], seq: after };
  const statement = stretch(asker.dialect, types !== undefined, ids !== undefined);
  const { list } = asker.dialect;
  // One more than requested is read to find out whether more are left.
  const values = {
    tenant,
    after,
    end,
    types: list(types ?? []),
    ids: list(ids ?? []),
    limit: limit + 1,
    enough,
  };
  const found = (await ask(asker, statement, values)).toSorted((a, b) => (a[0] as number) - (b[0] as number));
  const rows = found.slice(0, limit);
  const items = await withActors(asker, tenant, rows.map(decodeEntry));
  const following = (rows.at(-1)?.at(-1) ?? null) as number | null;
  return { items, seq: (following === null ? undefined : items.at(-1)?.seq) ?? end };
}

const watched = { of: "integer" } as const;
const seqs = shape((dialect) =>
  acrossTenants(dialect, "a node follows the logs of all tenants that it has readers of", (db) =>
    db
      .selectFrom(rowsAs(dialect, watched))
      .crossJoin("tenant_counters as c")
      .select(["c.tenant", "c.seq"])
      .whereRef("c.tenant", "=", "w.of"),
  ),
);

/** The latest `seq` of each tenant's log. */
export async function lastSeqs(asker: Asker, tenants: readonly number[]): Promise<Map<number, number>> {
  const bound = asker.dialect.bindRows(
    watched,
    tenants.map((tenant) => [tenant]),
  );
  return new Map((await ask(asker, seqs(asker.dialect), bound)) as [number, number][]);
}

/** A bisection for the first row at an instant or later. It works because times never decrease in a tenant's log. */
const bisection = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .withRecursive("b(low, high)", (b) =>
        b
          .selectFrom("tenant_counters as c")
          .select([sql<number>`cast(1 as bigint)`.as("low"), sql<number>`c.seq + 1`.as("high")])
          .where("c.tenant", "=", param<number>("tenant"))
          .unionAll(
            b
              .selectFrom("b")
              .crossJoin("change_log as l")
              .select([
                sql<number>`case when l.at < ${param("at")} then l.seq + 1 else b.low end`.as("low"),
                sql<number>`case when l.at < ${param("at")} then b.high else l.seq end`.as("high"),
              ])
              .where("l.tenant", "=", param<number>("tenant"))
              .whereRef("l.seq", "=", sql`(b.low + b.high) / 2`)
              .whereRef("b.low", "<", "b.high"),
          ),
      )
      .selectFrom("b")
      .select((eb) => eb.fn.max("b.low").as("first")),
  ),
);

/** The `seq` of a tenant's first change at an instant or later; if there is none, the next `seq`. */
export async function firstSeqAt(asker: Asker, tenant: number, at: string): Promise<number> {
  const [row] = await ask(asker, bisection(asker.dialect), { tenant, at });
  return (row?.[0] as number | null | undefined) ?? 1;
}

/** The live customers whose latest change has this `seq` or a later one. */
const changedFrom = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("change_log as l")
      .crossJoin("customers as r")
      .where("l.tenant", "=", param<number>("tenant"))
      .where("l.seq", ">=", param<number>("from"))
      .where("l.record_type", "=", text("customer"))
      .whereRef("r.tenant", "=", "l.tenant")
      .whereRef("r.id", "=", "l.record_id")
      .whereRef("r.seq", "=", "l.seq")
      .where("r.deleted_at", "is", null)
      .orderBy("l.seq")
      .select(latestColumns("customer", "r") as "r.id"[]),
  ),
);

/**
 * The live customers changed at an instant or later; undefined if the tenant has had more than `limit`
 * changes since.
 */
export async function changedCustomers(
  asker: Asker,
  tenant: number,
  { at, limit }: { at: string; limit: number },
): Promise<Found["changedCustomers"]> {
  const from = await firstSeqAt(asker, tenant, at);
  const last = (await lastSeqs(asker, [tenant])).get(tenant) ?? 0;
  if (last - from >= limit) return undefined;
  const rows = await ask(asker, changedFrom(asker.dialect), { tenant, from });
  return rows.map((row): StoredRecords["customer"] => decodeLatest("customer", row).record);
}
