import type { Database } from "../database.ts";
import type { Outage } from "../outage.ts";
import type { Asker, SqlDialect } from "../queries/asker.ts";
import { deliveryOverview } from "../queries/deliveries.ts";
import { reads, tenantReader } from "../queries/reads.ts";
import { readAddress, readPrimaryAddress, type OtherAddresses } from "./address.ts";
import { postgres, shardedPostgres } from "./dialect.ts";
import { migrate } from "./migrate.ts";
import { Reader } from "./reader.ts";
import { openReportConnection } from "./report-connection.ts";
import { PostgresSignals } from "./signals.ts";
import { openTransaction } from "./transaction.ts";
import { Writer } from "./writer.ts";

/** The default number of write connections. */
const usualWriters = 4;

export interface PostgresOptions {
  /** The number of write connections: transactions of different tenants run at the same time. */
  writers?: number | undefined;
  /** Whether the database is sharded by tenant: each transaction and each statement is then about one tenant. */
  sharded?: boolean | undefined;
  /** Receives failed reads. */
  outage?: Outage | undefined;
  /** The time limit for the answer to a statement of a write, in milliseconds. */
  answerTimeout?: number | undefined;
}

/**
 * Opens a PostgreSQL database and brings its schema up to date. Any number of nodes may open the same one.
 *
 * @param url `postgres://user:password@host:port/database`, with several hosts and parameters as in libpq
 * @throws Error if no primary can be reached, or the database is not in UTF-8 or newer than this program
 */
export async function openPostgres(
  url: string,
  { direct = url, replica }: OtherAddresses = {},
  { writers: count = usualWriters, sharded = false, outage, answerTimeout }: PostgresOptions = {},
): Promise<Database> {
  const [usual, straight] = [readPrimaryAddress(url), readPrimaryAddress(direct)];
  await migrate(straight);
  const reader = new Reader(usual, { outage });
  const signals = new PostgresSignals(straight);
  const replicaAddress = replica === undefined ? undefined : readAddress(replica);
  const lagging = replicaAddress
    ? new Reader(replicaAddress, { name: "reads of the replica", outage })
    : reader;
  const renewed = () => {
    reader.renew();
    signals.renew();
  };
  const writers = Array.from({ length: count }, () => new Writer(usual, renewed, answerTimeout));
  const dialect = sharded ? shardedPostgres : postgres;
  const asker = askerOn(reader, dialect);
  return {
    writers: count,
    oneTenant: sharded,
    begin(writer = 0) {
      const one = writers[writer];
      if (!one) throw new Error(`there is no writer ${writer}`);
      return openTransaction(one, dialect);
    },
    tenant: (number) => tenantReader(asker, number),
    laggingTenant: (number) => tenantReader(askerOn(lagging, dialect), number),
    ...reads(asker),
    deliveries: deliveryOverview(asker),
    async openReports() {
      const { openReportStore } = await import("../reports/report-store.ts");
      return openReportStore("postgres", () => openReportConnection(replicaAddress ?? usual));
    },
    signals,
    ping: async () => void (await reader.all("select 1 from tenants limit 1")),
    connections: () => reader.connections(),
    async close() {
      await Promise.all([reader.close(), lagging.close(), signals.close()]);
      await Promise.all(writers.map((writer) => writer.close()));
    },
  };
}

const askerOn = (reader: Reader, dialect: SqlDialect): Asker => ({
  dialect,
  all: (sql, values, unordered) => reader.all(sql, values, unordered),
});
