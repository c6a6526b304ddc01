import { parentPort, workerData } from "node:worker_threads";
import { OpenFiles } from "./open-files.ts";
import { WriteConnection, type Request } from "./write-connection.ts";

/** The thread of the write connection. It carries out requests in order and answers each. */

const { file, known, patience } = workerData as {
  file: string;
  known: OpenFiles["known"];
  patience: number;
};
const connection = new WriteConnection(new OpenFiles(file, known), { patience, durable: true });

parentPort?.on("message", (request: Request | "close") => {
  if (request !== "close") return parentPort?.postMessage(connection.answer(request));
  connection.close();
  parentPort?.close();
});
