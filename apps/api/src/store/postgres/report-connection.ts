import { RosterError } from "@roster/domain";
import type { ReportConnection } from "../reports/report-store.ts";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";
import { isTimeout, isUnavailable } from "./errors.ts";

/**
 * Opens a connection for reports. Each statement has a transaction of its own, which refuses writes and has the
 * time limit: a pooler may give the next one another connection of the server.
 * @param timeLimit how long a statement may take, in milliseconds
 */
export async function openReportConnection(address: Address, timeLimit = 30_000): Promise<ReportConnection> {
  const connection = await Connection.open(address);
  if (!connection.pooled) await connection.script("set default_transaction_read_only = on");
  const begin = `begin read only; set local statement_timeout = ${timeLimit}`;
  // After a failure its transaction is still open.
  let failed = false;
  return {
    get lost() {
      return failed || connection.lost;
    },
    async query(sql) {
      const [, , result] = await connection.script(`${begin}; ${sql}; commit`).catch((error: unknown) => {
        failed = true;
        throw new Error("a report has failed", { cause: refusalOf(error) });
      });
      const { rows = [], fields = [] } = result ?? {};
      return rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]])));
    },
    close: () => connection.close(),
  };
}

function refusalOf(cause: unknown): unknown {
  if (isTimeout(cause)) return new RosterError("UNAVAILABLE", "the report took too long", { cause });
  return isUnavailable(cause)
    ? new RosterError("UNAVAILABLE", "the database cannot be read", { cause })
    : cause;
}
