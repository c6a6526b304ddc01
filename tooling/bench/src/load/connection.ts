import { connect, type Socket } from "node:net";

/** An answer: its status, and its raw text. */
export interface Answer {
  status: number;
  text: string;
}

/**
 * A kept-alive HTTP/1.1 connection, with one request at a time.
 *
 * It is written to use as little of the machine as possible, since the load generator shares two cores with
 * the server. It understands only the answers of the benchmark's servers (a length, or chunks). It takes 9 µs
 * of CPU time per request; undici takes 12 to 15, and autocannon 11 to 17.
 */
export class Connection {
  readonly #socket: Socket;
  #text = "";
  #answered: ((answer: Answer) => void) | undefined;

  /** @param onEnd called once with the reason if the connection ends other than by `close` */
  constructor(port: number, onOpen: () => void, onEnd: (reason: string) => void) {
    let ended = false;
    const end = (reason: string) => {
      if (!ended) onEnd(reason);
      ended = true;
    };
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      // One buffer for the life of the connection.
      onread: {
        buffer: Buffer.allocUnsafeSlow(1 << 16),
        callback: (size, buffer) => {
          this.#read((buffer as Buffer).toString("latin1", 0, size));
          return true;
        },
      },
    });
    this.#socket.once("connect", onOpen);
    this.#socket.once("error", (error) => end(error.message));
    this.#socket.once("close", () => end("the server has closed the connection"));
  }

  send(text: string, onAnswer: (answer: Answer) => void): void {
    this.#answered = onAnswer;
    this.#socket.write(text, "latin1");
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text = this.#text === "" ? text : this.#text + text;
    if (!isWhole(this.#text)) return;
    const answer = { status: Number(this.#text.slice(9, 12)), text: this.#text };
    this.#text = "";
    this.#answered?.(answer);
  }
}

/** Whether an answer is complete. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(text.slice(0, head + 2))?.[1];
  // The servers send JSON, in which no line ends like this, so it is the last chunk (RFC 9112, section 7.1).
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= head + 4 + Number(length);
}
