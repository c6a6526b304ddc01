import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import { OpenFiles } from "./open-files.ts";
import type { Answer, Request } from "./writer.ts";

/** The thread of the connection for writes: it does what it is sent, in order, and answers each request. */

const { file, known, patience } = workerData as {
  file: string;
  known: OpenFiles["known"];
  patience: number;
};
const files = new OpenFiles(file, known);
let opened: Connection | undefined;

function open(): Connection {
  files.check();
  const connection = new Connection(file);
  // SQLite's own pauses between attempts are always the same: two processes would keep in step.
  connection.handle.pragma("busy_timeout = 0");
  return connection;
}

function work({ transaction, statements }: Request): Answer {
  try {
    const connection = (opened ??= open());
    // Where a rollback has failed, the transaction before a new one is still open. And SQLite rolls
    // back by itself after some errors, a full disk among them.
    const first = transaction === "begin" || transaction === "rollback";
    if (first && connection.handle.inTransaction) connection.run("rollback");
    if (transaction === "begin") begin(connection);
    const results = statements.map((statement) => run(connection, statement));
    if (transaction === "commit") commit(connection);
    return { results };
  } catch (error) {
    // A clone of an error loses its code.
    const { message, code } = error as Error & { code?: string };
    return { error: { message, code } };
  }
}

/** Begins when no other process writes. The pauses between attempts grow, and are in part left to chance. */
function begin(connection: Connection): void {
  const end = performance.now() + patience;
  for (let longest = 2; ; longest = Math.min(longest * 2, 50)) {
    try {
      return void connection.run("begin immediate");
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    }
    sleep(longest * Math.random());
  }
}

/** What would be written to a file that nobody finds again is not committed. */
function commit(connection: Connection): void {
  files.check();
  connection.run("commit");
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

const nothing = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number) => Atomics.wait(nothing, 0, 0, milliseconds);

/** @returns for each row of values the rows that were read; nothing of a statement that reads none */
function run(connection: Connection, { sql, rows, must }: Request["statements"][number]): unknown[][][] {
  const statement = connection.prepare(sql);
  if (statement.reader) return rows.map((values) => statement.all(...values) as unknown[][]);
  for (const values of rows) {
    const { changes } = statement.run(...values);
    if (must === undefined || changes === 1) continue;
    if (must === "add") throw new Error("the database has left out a row that was added");
    const [id, version] = values.slice(-2);
    throw new Error(`${String(id)} is not at version ${String(version)} any more`);
  }
  return [];
}

parentPort?.on("message", (request: Request | "close") => {
  if (request !== "close") return parentPort?.postMessage(work(request));
  opened?.handle.close();
  parentPort?.close();
});
