import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import type { ReportAnswer } from "./report-connection.ts";

/** The thread of a connection for reports: it runs the statements that it is sent, in order. */

const { handle } = new Connection(workerData as string, { readonly: true });

function answer(sql: string): ReportAnswer {
  try {
    const statement = handle.prepare(sql);
    if (statement.reader) return { rows: statement.all() as object[] };
    statement.run();
    return { rows: [] };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

parentPort?.on("message", (sql: string) => parentPort?.postMessage(answer(sql)));
