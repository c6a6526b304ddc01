import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Answers a request. The answer is complete when the response ends, whatever this returns. */
type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Unanswered requests of a connection at which reading from it pauses. */
export const maxUnanswered = 16;

/**
 * Further requests that one read may bring before the connection is closed. A read is 64 KiB, so requests of
 * at least 128 bytes, which every request with a token has, never reach this limit.
 */
const maxAtOnce = 512;

/** Handles the requests of all connections. */
export interface Turns {
  listener: RequestListener;
  /**
   * Ends a connection that cannot be read further. Complete requests are answered first, then `answer` is
   * sent.
   */
  end(socket: Duplex, answer: string): void;
}

/**
 * Answers the requests of each connection one at a time: the next begins when the previous answer has been
 * sent. So a client that pipelines requests without reading holds only one answer in memory, and pipelined
 * changes apply in the order in which they were sent (RFC 9112, section 9.3.2). Node itself would handle as
 * many requests at once as a read brings.
 */
export function inTurn(handle: Handle): Turns {
  const queues = new WeakMap<Duplex, Queue>();
  const queueOf = (socket: Duplex): Queue => {
    let queue = queues.get(socket);
    if (!queue) queues.set(socket, (queue = new Queue(socket, handle)));
    return queue;
  };
  return {
    listener: (request, response) => queueOf(request.socket).add(request, response),
    end: (socket, answer) => queueOf(socket).end(answer),
  };
}

/** The unanswered requests of one connection. */
class Queue {
  readonly #socket: Duplex;
  readonly #handle: Handle;
  readonly #waiting: [IncomingMessage, ServerResponse][] = [];
  #current: [IncomingMessage, ServerResponse] | undefined;
  #last: string | undefined;
  #watched = false;

  constructor(socket: Duplex, handle: Handle) {
    this.#socket = socket;
    this.#handle = handle;
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#current) return this.#answer(request, response);
    const length = this.#waiting.push([request, response]);
    if (length > maxUnanswered + maxAtOnce) this.#socket.destroy();
    // The rest of the read data is still being parsed, and Node resumes reading after each request in it.
    else if (length === maxUnanswered) process.nextTick(() => this.#holdBack());
  }

  end(answer: string): void {
    if (this.#last !== undefined) return;
    this.#last = answer;
    // The last request may be one that the parser could not read to its end.
    if (this.#waiting.at(-1)?.[0].complete === false) this.#waiting.pop();
    if (!this.#current?.[0].complete) this.#close(answer);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#current = [request, response];
    response.once("close", () => this.#next());
    void this.#handle(request, response);
  }

  #next(): void {
    this.#current = undefined;
    // Once a connection has ended, its waiting requests are dropped.
    if (this.#socket.destroyed) this.#waiting.length = 0;
    const next = this.#waiting.shift();
    if (next) this.#answer(...next);
    else if (this.#last !== undefined) this.#close(this.#last);
    if (this.#socket.isPaused() && this.#waiting.length < maxUnanswered) this.#socket.resume();
  }

  /** Sends the last answer, unless an answer has begun that can no longer be completed. */
  #close(answer: string): void {
    if (this.#current?.[1].headersSent) return void this.#socket.destroy();
    this.#socket.end(answer, () => this.#socket.destroy());
  }

  /** Pauses reading, and pauses again whenever Node resumes it, which it does after each body. */
  #holdBack(): void {
    if (this.#waiting.length < maxUnanswered) return;
    this.#socket.pause();
    if (this.#watched) return;
    this.#watched = true;
    this.#socket.on("resume", () => this.#holdBack());
  }
}
