import type { ChangeEntryJson } from "@roster/domain";
import { endOf, stepOf } from "../change-query.ts";
import type { ChangeQuery, ChangeStep } from "../database.ts";
import { decodeEntry, logColumns } from "../rows.ts";
import type { Connection } from "./connection.ts";

// The pluses keep SQLite to the index of the tenant's log.
const sql = `
  select ${logColumns.join(", ")} from change_log where tenant = :tenant and seq > :after and seq <= :end
  and (:types is null or +record_type in (select value from json_each(:types)))
  and (:ids is null or +record_id in (select value from json_each(:ids))) order by seq`;

const listOf = (values: readonly string[] | undefined): string | null =>
  values === undefined ? null : JSON.stringify(values);

/** One step through a tenant's log. */
export function changes(connection: Connection, tenant: number, query: ChangeQuery): ChangeStep {
  const { after, types, ids, limit, enough } = query;
  const values = { tenant, after, end: endOf(query), types: listOf(types), ids: listOf(ids) };
  const items: ChangeEntryJson[] = [];
  let size = 0;
  // Lazily: SQLite reads only as far as this loop does.
  for (const row of connection.prepare(sql).iterate(values) as Iterable<unknown[]>) {
    if (items.length === limit || size > enough) return stepOf(query, items, true);
    items.push(decodeEntry(row));
    size += (row[sizeAt] as string).length;
  }
  return stepOf(query, items, false);
}

/** What can be large of an entry. */
const sizeAt = logColumns.indexOf("changes");

/** The latest `seq` of each tenant's log. */
export const lastSeqs = (connection: Connection, tenants: readonly number[]): Map<number, number> =>
  new Map(
    tenants.flatMap((tenant) => {
      const row = connection.get("select seq from tenant_counters where tenant = ?", tenant);
      return row ? [[tenant, row[0] as number] as const] : [];
    }),
  );
