import { endOf, stepOf } from "../change-query.ts";
import type { ChangeQuery, ChangeStep } from "../database.ts";
import { decodeEntry, logColumns } from "../rows.ts";
import type { Reader } from "./reader.ts";
import { arrayOf } from "./values.ts";

const columns = logColumns.join(", ");

// The window adds up how large the entries are; those after what is enough are not sent.
const sql = `
  select ${columns}, total from (
    select ${columns}, octet_length(changes::text) as size, sum(octet_length(changes::text)) over (order by seq) as total
    from change_log where tenant = $1 and seq > $2 and seq <= $3
    and ($4::text[] is null or record_type = any($4)) and ($5::text[] is null or record_id = any($5))
    order by seq limit $6
  ) l where total - size <= $7 order by seq`;

const listOf = (values: readonly string[] | undefined): string | null =>
  values === undefined ? null : arrayOf(values);

/** One step through a tenant's log. */
export async function changes(reader: Reader, tenant: number, query: ChangeQuery): Promise<ChangeStep> {
  const { after, types, ids, limit, enough } = query;
  const end = endOf(query);
  if (end <= after) return stepOf(query, [], false);
  const rows = await reader.all(sql, [tenant, after, end, listOf(types), listOf(ids), limit, enough]);
  const items = rows.map(decodeEntry);
  const total = (rows.at(-1)?.at(-1) ?? 0) as number;
  return stepOf(query, items, items.length === limit || total > enough);
}

/** The latest `seq` of each tenant's log. */
export async function lastSeqs(reader: Reader, tenants: readonly number[]): Promise<Map<number, number>> {
  const rows = await reader.all("select tenant, seq from tenant_counters where tenant = any($1::bigint[])", [
    arrayOf(tenants),
  ]);
  return new Map(rows as [number, number][]);
}
