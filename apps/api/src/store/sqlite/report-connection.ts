import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { RosterError } from "@roster/domain";
import type { ReportConnection } from "../reports/report-store.ts";

export type ReportAnswer = { rows: object[] } | { error: string };

/**
 * Opens a connection for reports, in a thread of its own: a report that reads much keeps no other request
 * waiting. A statement that takes too long is given up; its thread ends as soon as SQLite is done with it.
 * @param timeLimit how long a statement may take, in milliseconds
 */
export async function openReportThread(file: string, timeLimit = 30_000): Promise<ReportConnection> {
  const thread = new URL(import.meta.url.replace(/connection(\.\w+)$/, "thread$1"));
  // Node's own options are the program's: some of them fit no thread.
  const worker = new Worker(thread, { execArgv: [], workerData: file });
  worker.unref();
  let lost = false;
  // A thread that fails while nobody waits for it does not end the process.
  worker.on("error", () => (lost = true));
  return {
    get lost() {
      return lost;
    },
    async query(sql) {
      const signal = AbortSignal.timeout(timeLimit);
      worker.ref();
      worker.postMessage(sql);
      const [answer] = (await once(worker, "message", { signal })
        .catch((cause: unknown) => {
          lost = true;
          const why = signal.aborted ? "the report took too long" : "the database cannot be read";
          throw new Error("a report has failed", { cause: new RosterError("UNAVAILABLE", why, { cause }) });
        })
        .finally(() => worker.unref())) as [ReportAnswer];
      if ("rows" in answer) return answer.rows;
      throw new Error("a report has failed", { cause: new Error(answer.error) });
    },
    close: async () => void (await worker.terminate()),
  };
}
