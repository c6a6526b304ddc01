import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Answers a request; whatever it returns, the answer is there when the response says so. */
type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The most unanswered requests of a connection before no more is read from it. */
export const maxUnanswered = 16;

/**
 * The most that one read may bring beyond that before the connection is closed. A read is 64 KiB, so
 * requests of 128 bytes or more, which is all that carry a token, never come to it.
 */
const maxAtOnce = 512;

/** How the requests of connections are answered. */
export interface Turns {
  listener: RequestListener;
  /**
   * Ends a connection on which nothing more can be read: with this as its last answer, after those to the
   * requests that have come whole.
   */
  end(socket: Duplex, answer: string): void;
}

/**
 * Answers the requests of each connection one after another: the next begins when the answer before it
 * has been sent. So a connection whose client pipelines requests and reads nothing holds one answer in
 * memory, and changes that are pipelined happen in the order in which they were sent (RFC 9112,
 * section 9.3.2). Left to itself, Node handles as many at once as a read brings.
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
    // The rest of what was read is still being parsed; Node goes on reading after each request in it.
    else if (length === maxUnanswered) process.nextTick(() => this.#holdBack());
  }

  end(answer: string): void {
    if (this.#last !== undefined) return;
    this.#last = answer;
    // The last that has come may be the one that cannot be read any further.
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
    // What was not begun when a connection ends is not begun any more.
    if (this.#socket.destroyed) this.#waiting.length = 0;
    const next = this.#waiting.shift();
    if (next) this.#answer(...next);
    else if (this.#last !== undefined) this.#close(this.#last);
    if (this.#socket.isPaused() && this.#waiting.length < maxUnanswered) this.#socket.resume();
  }

  /** Sends the last answer, unless another one has begun that is never finished now. */
  #close(answer: string): void {
    if (this.#current?.[1].headersSent) return void this.#socket.destroy();
    this.#socket.end(answer, () => this.#socket.destroy());
  }

  /** Stops reading, and stops again when Node resumes, as it does whenever it has taken a body. */
  #holdBack(): void {
    if (this.#waiting.length < maxUnanswered) return;
    this.#socket.pause();
    if (this.#watched) return;
    this.#watched = true;
    this.#socket.on("resume", () => this.#holdBack());
  }
}
