import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import { OpenFiles } from "./open-files.ts";
import { notAloneCode, type Answer, type Request } from "./writer.ts";

/** The thread of the write connection. It carries out requests in order and answers each. */

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
  // SQLite's own pauses between attempts have fixed lengths: two processes would stay in step.
  connection.handle.pragma("busy_timeout = 0");
  return connection;
}

/** SQLite's number of the state that the previous transaction began on: others' commits change it. */
let state: unknown;

function work({ transaction, statements, alone }: Request): Answer {
  try {
    const connection = (opened ??= open());
    // After a failed rollback, the previous transaction is still open. After some errors, such as a full
    // disk, SQLite has already rolled back by itself.
    if (transaction !== undefined && transaction !== "commit" && connection.handle.inTransaction)
      connection.run("rollback");
    let isAlone: boolean | undefined;
    if (transaction === "begin" || transaction === "whole") {
      begin(connection);
      const before = state;
      [state] = connection.get("pragma data_version") as [unknown];
      isAlone = state === before;
      if (alone && !isAlone) return { error: notAlone, isAlone };
    }
    const results = statements.map((statement) => run(connection, statement));
    if (transaction === "commit" || transaction === "whole") commit(connection);
    return { results, isAlone };
  } catch (error) {
    // A cloned error loses its code.
    const { message, code } = error as Error & { code?: string };
    return { error: { message, code } };
  }
}

/** Begins a transaction once no other process is writing, with growing random pauses between attempts. */
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

/** Commits, unless a file was deleted or replaced: the commit would be lost. */
function commit(connection: Connection): void {
  files.check();
  connection.run("commit");
}

const notAlone = { message: "another process has written meanwhile", code: notAloneCode };

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

const nothing = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number) => Atomics.wait(nothing, 0, 0, milliseconds);

/** @returns the rows read, for each row of values; nothing for a statement that reads none */
function run(connection: Connection, { sql, rows, must }: Request["statements"][number]): unknown[][][] {
  const statement = connection.prepare(sql);
  if (statement.reader) return rows.map((values) => statement.all(...values) as unknown[][]);
  for (const values of rows) {
    const { changes } = statement.run(...values);
    if (must === undefined || changes === 1) continue;
    if (must === "add") throw new Error("the database dropped an inserted row");
    const [id, version] = values.slice(-2);
    throw new Error(`${String(id)} is no longer at version ${String(version)}`);
  }
  return [];
}

parentPort?.on("message", (request: Request | "close") => {
  if (request !== "close") return parentPort?.postMessage(work(request));
  opened?.handle.close();
  parentPort?.close();
});
