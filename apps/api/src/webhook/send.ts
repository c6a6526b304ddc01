import * as http from "node:http";
import * as https from "node:https";
import { TLSSocket } from "node:tls";
import { Unreachable, type Targets } from "./targets.ts";

/** What came of one attempt: a status, or why there is none. */
export interface Answer {
  status: number | null;
  /** Null where the receiver has accepted. What it has answered is not in it. */
  error: string | null;
  /** For how long the receiver asks to be left alone, in milliseconds. */
  retryAfter: number | undefined;
}

export interface Message {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** How much of an answer is read, only so that the connection can be used again, in bytes. */
const maxAnswer = 64 * 1024;

/** Sends messages to one receiver, over connections that are kept. */
export class Sender {
  readonly #targets: Targets;
  readonly #timeout: number;
  readonly #agents = {
    "http:": new http.Agent({ keepAlive: true, maxFreeSockets: 8 }),
    "https:": new https.Agent({ keepAlive: true, maxFreeSockets: 8 }),
  };

  /** @param timeout for how long it waits for an answer, in milliseconds */
  constructor(targets: Targets, timeout: number) {
    this.#targets = targets;
    this.#timeout = timeout;
  }

  /**
   * Never throws.
   * @param signal ends the attempt early
   * @param mayBegin asked when a connection is there, before anything of the message is written to it: to
   *   connect can take long, and the process may have stood still meanwhile
   * @returns undefined when the message was not sent because it may not begin
   */
  async send(message: Message, signal: AbortSignal, mayBegin: () => boolean): Promise<Answer | undefined> {
    const limit = AbortSignal.timeout(this.#timeout);
    const both = AbortSignal.any([signal, limit]);
    for (let again = false; ; again = true) {
      const { answer, stale } = await this.#attempt(message, both, mayBegin);
      // The receiver has closed a connection that was kept just as it was used: that says nothing about it.
      if (stale && !again) continue;
      if (answer?.status === null && limit.aborted) {
        return { ...answer, error: `no answer within ${this.#timeout / 1000} s` };
      }
      return answer;
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #attempt(
    { url: address, headers, body }: Message,
    signal: AbortSignal,
    mayBegin: () => boolean,
  ): Promise<{ answer: Answer | undefined; stale: boolean }> {
    return new Promise((resolve) => {
      const fail = (error: unknown, stale = false) =>
        resolve({ answer: { status: null, error: wordsOf(error), retryAfter: undefined }, stale });
      try {
        const url = new URL(address);
        const protocol = url.protocol as "http:" | "https:";
        const { request } = protocol === "http:" ? http : https;
        const sent = request(url, {
          method: "POST",
          agent: this.#agents[protocol],
          lookup: this.#targets.lookupFor(url),
          headers: {
            ...headers,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            "user-agent": "Roster",
          },
          signal,
        });
        sent.on("error", (error: NodeJS.ErrnoException) =>
          fail(error, sent.reusedSocket && error.code === "ECONNRESET"),
        );
        sent.on("response", (response) => {
          resolve({ answer: answerOf(response), stale: false });
          discard(response);
        });
        whenConnected(sent, () => {
          if (mayBegin()) return void sent.end(body);
          resolve({ answer: undefined, stale: false });
          sent.destroy();
        });
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** Calls back when a request has a connection that can be written to, with TLS established where it has that. */
function whenConnected(sent: http.ClientRequest, callback: () => void): void {
  sent.once("socket", (socket) => {
    if (sent.reusedSocket) callback();
    else socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", callback);
  });
}

function answerOf({ statusCode: status = 0, headers }: http.IncomingMessage): Answer {
  if (status >= 200 && status < 300) return { status, error: null, retryAfter: undefined };
  const error =
    status >= 300 && status < 400 ? "redirects are not followed" : `the receiver has answered ${status}`;
  return { status, error, retryAfter: delayOf(headers["retry-after"]) };
}

/** Reads the rest of an answer, if it is short and comes soon, and forgets it. */
function discard(response: http.IncomingMessage): void {
  let length = 0;
  response.on("error", () => undefined);
  response.on("data", (chunk: Buffer) => {
    if ((length += chunk.length) > maxAnswer) response.destroy();
  });
}

/** `Retry-After` in milliseconds: a number of seconds, or a date (RFC 9110, section 10.2.3). */
export function delayOf(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const delay = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}

/** What went wrong, without addresses: those of a network are nobody's business outside. */
function wordsOf(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "" ? "the receiver could not be reached" : `the receiver could not be reached (${code})`;
}
