import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
 * Opens an SQLite file, which is created if it does not exist, and brings its schema up to date.
 *
 * Writes and reads have separate connections: in WAL mode reads see the latest commit and never wait. The
 * read connection refuses writes, so that nothing can be written except through GroupCommit.
 *
 * @throws Error if the file cannot be opened, is not a database, or is newer than this program
 */
export async function openSqlite(file: string, outage?: Outage): Promise<Database> {
  await migrate(file);
  return sqliteDatabase(new Writer(file), new Connection(file, { readonly: true }), outage);
}

/**
 * Opens a new temporary database, for tests: a file that is deleted on close or when the process ends. A real
 * in-memory database would be a separate one for each connection, or lock whole tables.
 */
export async function openTemporarySqlite(outage?: Outage): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "roster-memory-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const file = join(folder, "roster.db");
  await writeFile(file, await (empty ??= emptyDatabase()), { mode: 0o600 });
  await migrate(file);
  const writer = new Writer(file, { thread: false });
  const database = sqliteDatabase(writer, new Connection(file, { readonly: true }), outage);
  return {
    ...database,
    async close() {
      await database.close();
      process.off("exit", remove);
      remove();
    },
  };
}

/** The bytes of an empty database, so that not every temporary one of a process has to run the migrations. */
let empty: Promise<Buffer> | undefined;

/** Reads the empty database that lies beside this code where the server is installed as a package, or makes one. */
async function emptyDatabase(): Promise<Buffer> {
  const packed = new URL("./empty.db", import.meta.url);
  if (existsSync(packed)) return readFile(packed);
  const folder = await mkdtemp(join(tmpdir(), "roster-empty-"));
  try {
    const file = join(folder, "roster.db");
    await migrate(file);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A database with an up-to-date schema, on a write connection and a read connection. */
export function sqliteDatabase(writer: Writer, reader: Connection, outage?: Outage): Database {
  // A crashed process may have left erased data in the log.
  const wal = taintedLog();
  const asker: Asker = {
    dialect: sqlite,
    // SQLite blocks the event loop while it reads, so a request with many reads yields between them.
    async all(sql, values) {
      await giveWay();
      try {
        const rows = reader.all(sql, ...values);
        outage?.works("reads");
        return rows;
      } catch (error) {
        if (!reader.handle.open)
          throw new RosterError("UNAVAILABLE", "the server is stopping", { cause: error });
        if (!isLost(error)) throw error;
        outage?.failed("reads", error);
        throw new RosterError("UNAVAILABLE", "the database cannot be read", { cause: error });
      }
    },
  };
  return {
    begin: openTransaction.bind(undefined, writer, wal),
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
