import { endOf, stepOf } from "../change-query.ts";
import type { ChangeQuery, ChangeStep } from "../database.ts";
import { decodeEntry, logColumns } from "../rows.ts";
import type { Reader } from "./reader.ts";
import { arrayOf } from "./values.ts";

const columns = logColumns.join(", ");

// The window counts what comes before an entry; rows after those that are enough are not sent.
const sql = `
  select ${columns} from (
    select ${columns}, coalesce(sum(length(changes::text)) over (order by seq rows between unbounded preceding and 1 preceding), 0) as before
    from change_log where tenant = $1 and seq > $2 and seq <= $3
    and ($4::text[] is null or record_type = any($4)) and ($5::text[] is null or record_id = any($5))
    order by seq limit $6
  ) l where before <= $7 order by seq`;

const listOf = (values: readonly string[] | undefined): string | null =>
  values === undefined ? null : arrayOf(values);

/** One step through a tenant's log. */
export async function changes(reader: Reader, tenant: number, query: ChangeQuery): Promise<ChangeStep> {
  const { after, types, ids, limit, enough } = query;
  const end = endOf(query);
  if (end <= after) return stepOf(query, [], false);
  const rows = await reader.all(sql, [tenant, after, end, listOf(types), listOf(ids), limit, enough]);
  const items = rows.map(decodeEntry);
  // Whether it is cut short only the rows know: what they leave open is looked at again by the next step.
  const whole = items.length < limit && sizeOf(rows) <= enough;
  return stepOf(query, items, !whole);
}

const sizeAt = logColumns.indexOf("changes");
const sizeOf = (rows: readonly unknown[][]): number =>
  rows.reduce((sum, row) => sum + (row[sizeAt] as string).length, 0);

/** The latest `seq` of each tenant's log. */
export async function lastSeqs(reader: Reader, tenants: readonly number[]): Promise<Map<number, number>> {
  const rows = await reader.all("select tenant, seq from tenant_counters where tenant = any($1::bigint[])", [
    arrayOf(tenants),
  ]);
  return new Map(rows as [number, number][]);
}
