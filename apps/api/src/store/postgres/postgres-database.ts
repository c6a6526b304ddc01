import type { RecordType, StoredRecords, Where } from "@roster/domain";
import type { Database, Moment, TenantReader } from "../database.ts";
import type { Outage } from "../outage.ts";
import { columnList, decodeEntry, decodeRow, logColumns } from "../rows.ts";
import type { OtherAddresses } from "../open-database.ts";
import { isFreedByDelete, tables } from "../tables.ts";
import { readAddress, readPrimaryAddress } from "./address.ts";
import { changes, lastSeqs } from "./changes.ts";
import { deliveryOverview, deliveryReader } from "./deliveries.ts";
import { list } from "./list.ts";
import { migrate } from "./migrate.ts";
import { Reader } from "./reader.ts";
import { PostgresSignals } from "./signals.ts";
import { openTransaction } from "./transaction.ts";
import { Writer } from "./writer.ts";

export interface PostgresOptions {
  /** Is told of reads that fail. */
  outage?: Outage | undefined;
  /** How long the server may take to answer a statement of a write, in milliseconds. */
  answerTimeout?: number | undefined;
}

/**
 * Opens a PostgreSQL database and brings its schema up to date. Any number of nodes may have the
 * same one open.
 *
 * @param url `postgres://user:password@host:port/database`, with several hosts and parameters as libpq has them
 * @throws Error when no primary can be reached, or it is not in UTF-8, or newer than this program
 */
export async function openPostgres(
  url: string,
  { direct = url, replica }: OtherAddresses = {},
  { outage, answerTimeout }: PostgresOptions = {},
): Promise<Database> {
  const [usual, straight] = [readPrimaryAddress(url), readPrimaryAddress(direct)];
  await migrate(straight);
  const reader = new Reader(usual, { outage });
  const signals = new PostgresSignals(straight);
  const lagging =
    replica === undefined
      ? reader
      : new Reader(readAddress(replica), { name: "reads of the replica", outage });
  const renewed = () => {
    reader.renew();
    signals.renew();
  };
  const limit = answerTimeout === undefined ? {} : { query_timeout: answerTimeout };
  const writer = new Writer(usual, renewed, limit);
  return {
    begin: () => openTransaction(writer),
    tenant: (number) => tenantReader(reader, number),
    laggingTenant: (number) => tenantReader(lagging, number),
    async tokenByHash(hash) {
      const [row] = await reader.all(
        `select ${columnList("token", "k")}, ${columnList("tenant", "t")}
         from tokens k join tenants t on t.tenant = k.tenant where k.hash = $1 and k.deleted_at is null`,
        [hash],
      );
      if (!row) return undefined;
      const token = decodeRow<StoredRecords["token"]>("token", row);
      return { token, tenant: decodeRow("tenant", row.slice(tables.token.columns.length)) };
    },
    async tenants(after, limit) {
      const rows = await reader.all(
        `select ${columnList("tenant")} from tenants where number > $1 order by number limit $2`,
        [after, limit],
      );
      return rows.map((row) => decodeRow("tenant", row));
    },
    deliveries: deliveryOverview(reader),
    lastSeqs: (tenants) => lastSeqs(reader, tenants),
    signals,
    isEmpty: async () => (await reader.all("select 1 from tenants limit 1")).length === 0,
    ping: async () => void (await reader.all("select 1 from tenants limit 1")),
    connections: () => reader.connections(),
    async close() {
      await Promise.all([reader.close(), lagging.close(), writer.close(), signals.close()]);
    },
  };
}

const ancestorsSql = `
  with recursive above(id, parent, depth) as (
    select id, parent, 0 from customers where tenant = $1 and id = $2
    union all
    select c.id, c.parent, above.depth + 1 from above join customers c on c.tenant = $1 and c.id = above.parent
    where above.depth < 100
  )
  select ${columnList("customer", "c")} from above join customers c on c.tenant = $1 and c.id = above.id
  where above.depth > 0 order by above.depth`;

const selectLog = `select ${logColumns.join(", ")} from change_log where tenant = $1 and record_id = $2`;

function tenantReader(reader: Reader, tenant: number): TenantReader {
  const log = async (condition: string, ...values: unknown[]) =>
    (await reader.all(`${selectLog} and ${condition}`, [tenant, ...values])).map(decodeEntry);
  return {
    async find<T extends RecordType>(type: T, { field, value }: Where) {
      const { name, byField } = tables[type];
      const column = byField.get(field);
      if (!column?.policy.unique) throw new Error(`${field} of ${type} does not name a record`);
      const live = isFreedByDelete(column) ? " and deleted_at is null" : "";
      const [row] = await reader.all(
        `select ${columnList(type)} from ${name} where tenant = $1 and ${column.name} = $2${live}`,
        [tenant, value],
      );
      return row && decodeRow<StoredRecords[T]>(type, row);
    },
    ancestors: async (id) =>
      (await reader.all(ancestorsSql, [tenant, id])).map((row) => decodeRow("customer", row)),
    list: (type, query) => list(reader, tenant, type, query),
    deliveries: deliveryReader(reader, tenant),
    logAfter: (id, moment: Moment) =>
      "seq" in moment
        ? log("seq > $3 order by version desc", id, moment.seq)
        : log("at > $3 order by version desc", id, moment.at),
    async mergedInto(id) {
      const rows = await reader.all(
        "select record_id from search_terms where tenant = $1 and record_type = 'customer' and field = 'mergedInto' and term = $2 order by record_id",
        [tenant, id],
      );
      return rows.map(([merged]) => merged as string);
    },
    async keys(id) {
      const rows = await reader.all(
        "select k.key, k.at from idempotency_records r join idempotency_keys k on k.tenant = r.tenant and k.key = r.key where r.tenant = $1 and r.record_id = $2 order by k.key",
        [tenant, id],
      );
      return rows.map(([key, at]) => ({ key: key as string, at: at as string }));
    },
    history: (id, before = Number.MAX_SAFE_INTEGER, limit) =>
      log("version < $3 order by version desc limit $4", id, before, limit),
    changes: (query) => changes(reader, tenant, query),
  };
}
