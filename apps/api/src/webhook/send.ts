import * as http from "node:http";
import * as https from "node:https";
import { TLSSocket } from "node:tls";
import { Unreachable, type Targets } from "./targets.ts";

/** The result of one attempt: a status, or the reason for having none. */
export interface Answer {
  status: number | null;
  /** Null if the receiver accepted the message. Never contains the receiver's answer. */
  error: string | null;
  /** The delay that the receiver requests, in milliseconds. */
  retryAfter: number | undefined;
}

export interface Message {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Maximum bytes of an answer to read, so that its connection can be reused. */
const maxAnswer = 64 * 1024;

/** Sends messages to one receiver over persistent connections. */
export class Sender {
  readonly #targets: Targets;
  readonly #timeout: number;
  readonly #agents = {
    "http:": new http.Agent({ keepAlive: true, maxFreeSockets: 8 }),
    "https:": new https.Agent({ keepAlive: true, maxFreeSockets: 8 }),
  };

  /** @param timeout milliseconds to wait for an answer */
  constructor(targets: Targets, timeout: number) {
    this.#targets = targets;
    this.#timeout = timeout;
  }

  /**
   * Never throws.
   * @param signal aborts the attempt
   * @param mayBegin called once the connection is ready and before anything is written: connecting can take
   * long, and the process may have been suspended
   * @returns undefined if `mayBegin` returned false and nothing was sent
   */
  async send(message: Message, signal: AbortSignal, mayBegin: () => boolean): Promise<Answer | undefined> {
    const limit = AbortSignal.timeout(this.#timeout);
    const both = AbortSignal.any([signal, limit]);
    for (let again = false; ; again = true) {
      const { answer, stale } = await this.#attempt(message, both, mayBegin);
      // The receiver closed an idle connection just as it was reused, so the attempt is repeated once.
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
        // Switching protocols accepts no event, and Node reports it neither as an answer nor as an error.
        sent.on("upgrade", (response, socket) => {
          resolve({ answer: answerOf(response), stale: false });
          socket.destroy();
        });
        // Whatever else ends the request: an attempt without an end would hold up its record.
        sent.on("close", () => fail(undefined));
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

/** Calls back when a request's connection can be written to, after the TLS handshake if there is one. */
function whenConnected(sent: http.ClientRequest, callback: () => void): void {
  sent.once("socket", (socket) => {
    if (sent.reusedSocket) callback();
    else socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", callback);
  });
}

function answerOf({ statusCode: status = 0, headers }: http.IncomingMessage): Answer {
  if (status >= 200 && status < 300) return { status, error: null, retryAfter: undefined };
  const error =
    status >= 300 && status < 400 ? "redirects are not followed" : `the receiver answered ${status}`;
  return { status, error, retryAfter: delayOf(headers["retry-after"]) };
}

/** Reads and discards the rest of an answer if it is short. */
function discard(response: http.IncomingMessage): void {
  let length = 0;
  response.on("error", () => undefined);
  response.on("data", (chunk: Buffer) => {
    if ((length += chunk.length) > maxAnswer) response.destroy();
  });
}

/** `Retry-After` in milliseconds, from a number of seconds or a date (RFC 9110, section 10.2.3). */
export function delayOf(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  // The form of asctime names no zone, but means GMT.
  const delay = Date.parse(/^\w{3} \w{3} /.test(header) ? `${header} GMT` : header) - now;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}

/** Describes an error without addresses, because internal ones must not be revealed. */
function wordsOf(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "" ? "the receiver could not be reached" : `the receiver could not be reached (${code})`;
}
