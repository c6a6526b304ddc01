import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Answers a request; whatever it returns, the answer is there when the response says so. */
type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The most unanswered requests of a connection before no more is read from it. */
export const maxUnanswered = 16;

/**
 * The most that one read may bring beyond that before the connection is closed. A read is 64 KiB, so
 * requests of 128 bytes or more, which is all that carry a token, never come to it.
 */
const maxAtOnce = 512;

/**
 * Answers the requests of each connection one after another: the next begins when the answer before it
 * has been sent. So a connection whose client pipelines requests and reads nothing holds one answer in
 * memory, and changes that are pipelined happen in the order in which they were sent (RFC 9112,
 * section 9.3.2). Left to itself, Node handles as many at once as a read brings.
 */
export function inTurn(handle: Handle): RequestListener {
  const queues = new WeakMap<Socket, Queue>();
  return (request, response) => {
    const { socket } = request;
    let queue = queues.get(socket);
    if (!queue) queues.set(socket, (queue = new Queue(socket, handle)));
    queue.add(request, response);
  };
}

/** The unanswered requests of one connection. */
class Queue {
  readonly #socket: Socket;
  readonly #handle: Handle;
  readonly #waiting: [IncomingMessage, ServerResponse][] = [];
  #answering = false;
  #watched = false;

  constructor(socket: Socket, handle: Handle) {
    this.#socket = socket;
    this.#handle = handle;
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#answering) return this.#answer(request, response);
    const length = this.#waiting.push([request, response]);
    if (length > maxUnanswered + maxAtOnce) this.#socket.destroy();
    // The rest of what was read is still being parsed; Node goes on reading after each request in it.
    else if (length === maxUnanswered) process.nextTick(() => this.#holdBack());
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#answering = true;
    response.once("close", () => this.#next());
    void this.#handle(request, response);
  }

  #next(): void {
    this.#answering = false;
    // What was not begun when a connection ends is not begun any more.
    if (this.#socket.destroyed) this.#waiting.length = 0;
    const next = this.#waiting.shift();
    if (next) this.#answer(...next);
    if (this.#socket.isPaused() && this.#waiting.length < maxUnanswered) this.#socket.resume();
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
