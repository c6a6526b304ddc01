import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RosterError } from "@roster/domain";
import type { Database } from "../database.ts";
import { giveWay } from "../give-way.ts";
import type { Outage } from "../outage.ts";
import type { Asker } from "../queries/asker.ts";
import { deliveryOverview } from "../queries/deliveries.ts";
import { reads, tenantReader } from "../queries/reads.ts";
import { Connection } from "./connection.ts";
import { sqlite } from "./dialect.ts";
import { isLost } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { openReportThread } from "./report-connection.ts";
import { openTransaction, taintedLog } from "./transaction.ts";
import { Writer } from "./writer.ts";

/**
 * Opens an SQLite file, makes it where there is none, and brings its schema up to date.
 *
 * Writes have one connection and reads another: in WAL mode reads see the latest commit and never
 * wait. The one for reads refuses writes, so that nothing can be written past GroupCommit.
 *
 * @throws Error when the file cannot be opened, is no database, or is newer than this program
 */
export async function openSqlite(file: string, outage?: Outage): Promise<Database> {
  await migrate(file);
  return sqliteDatabase(new Writer(file), new Connection(file, { readonly: true }), outage);
}

/**
 * A database of its own, for tests: a file that nobody else knows, which goes when it is closed or the
 * process ends. A database in memory would be another one for each connection, or lock whole tables.
 */
export async function openTemporarySqlite(outage?: Outage): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "roster-memory-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const database = await openSqlite(join(folder, "roster.db"), outage);
  return {
    ...database,
    async close() {
      await database.close();
      process.off("exit", remove);
      remove();
    },
  };
}

/** A database whose schema is up to date, on a connection for writes and one for reads. */
export function sqliteDatabase(writer: Writer, reader: Connection, outage?: Outage): Database {
  // Who died before its log was emptied may have left something in it.
  const wal = taintedLog();
  const asker: Asker = {
    dialect: sqlite,
    // SQLite keeps the event loop while it reads: a request that reads much lets others have their turn.
    async all(sql, values) {
      await giveWay();
      try {
        const rows = reader.all(sql, ...values);
        outage?.works("reads");
        return rows;
      } catch (error) {
        if (!isLost(error)) throw error;
        outage?.failed("reads", error);
        throw new RosterError("UNAVAILABLE", "the database cannot be read", { cause: error });
      }
    },
  };
  return {
    begin: () => openTransaction(writer, wal),
    tenant: (number) => tenantReader(asker, number),
    laggingTenant: (number) => tenantReader(asker, number),
    ...reads(asker),
    deliveries: deliveryOverview(asker),
    async openReports() {
      const { openReportStore } = await import("../reports/report-store.ts");
      return openReportStore("sqlite", () => openReportThread(writer.files.file));
    },
    async ping() {
      writer.files.check();
      reader.get("select 1 from tenants limit 1");
    },
    async close() {
      reader.handle.close();
      await writer.close();
    },
  };
}
