import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** The body of a message, as far as the tests read it. */
interface Event {
  type: string;
  timestamp: string;
  data: { seq: number; recordType: string; recordId: string; version: number; [more: string]: unknown };
}

/** A received message, and the time of its answer. */
export interface Message {
  id: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: Event;
  status: number;
  /** The times at which it was read and answered, by `performance.now()`. */
  from: number;
  until: number;
}

/** An answer: a status, optionally with headers; sent at once, after some milliseconds, or once a promise resolves. */
type Reply = number | { status: number; headers?: Record<string, string>; after?: number | Promise<unknown> };

/** A receiver of webhooks on loopback. */
export interface Receiver {
  url: string;
  /** All answered messages, in the order of the answers. */
  messages: Message[];
  /** Sets the answer to later events. */
  answer: (event: Event, path: string) => Reply;
  /** Waits until a condition holds. */
  until(holds: () => boolean | Promise<boolean>, patience?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void received());
    const received = async () => {
      const from = performance.now();
      const body = Buffer.concat(chunks).toString();
      const event = JSON.parse(body) as Event;
      const path = request.url ?? "";
      const reply = receiver.answer(event, path);
      const { status, headers = {}, after } = typeof reply === "number" ? { status: reply } : reply;
      await (typeof after === "number" ? pause(after) : after);
      const id = String(request.headers["webhook-id"]);
      const until = performance.now();
      receiver.messages.push({ id, path, headers: request.headers, body, event, status, from, until });
      response.writeHead(status, headers).end();
    };
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: [],
    answer: () => 204,
    async until(holds, patience = 60_000) {
      const end = performance.now() + patience;
      while (!(await holds())) {
        if (performance.now() > end) {
          const last = receiver.messages
            .slice(-5)
            .map(({ status, event }) => [status, event.type, event.data.seq]);
          throw new Error(`the condition did not become true; the last message was ${JSON.stringify(last)}`);
        }
        await pause(20);
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** The accepted messages. */
export const accepted = (messages: readonly Message[]): Message[] =>
  messages.filter(({ status }) => status < 300);

/** Settings of a server that may send to receivers on this machine, and retries quickly. */
export const webhookEnv = {
  ROSTER_SECRET: "what no test must ever find in a database",
  WEBHOOK_ALLOW: "127.0.0.0/8",
  WEBHOOK_TIMEOUT_SECONDS: "1",
  WEBHOOK_RETRY_SECONDS: "0.1,0.2,0.2",
};
