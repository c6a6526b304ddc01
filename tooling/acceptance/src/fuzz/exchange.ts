import { connect } from "node:net";

/** The outcome of a request. */
export type Outcome =
  | { kind: "answer"; answer: RawAnswer; next: RawAnswer | undefined; milliseconds: number }
  /** The connection closed before the answer was complete. */
  | { kind: "closed"; received: string; milliseconds: number }
  | { kind: "silence"; received: string; milliseconds: number };

export interface RawAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
}

export interface How {
  /** Whether to end the sending side. Node then answers only requests already handled. */
  halfClose: boolean;
  /** Whether the answer to this method has no body. */
  isHead: boolean;
  /** A second request for the connection, if it stays open. */
  next: Buffer | undefined;
  /** In milliseconds. */
  patience: number;
}

/** Sends bytes on a new connection, and reads the answer and the one to the next request. */
export const exchange = (
  { hostname, port }: URL,
  bytes: Buffer,
  { halfClose, isHead, next, patience }: How,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const begun = performance.now();
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let received: Buffer = Buffer.alloc(0);
    let first: RawAnswer | undefined;
    let milliseconds = 0;
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const look = (last: "closed" | "silence" | undefined) => {
      const read = readAnswer(received, isHead && !first, last === "closed");
      if (!first) milliseconds = performance.now() - begun;
      if (read && !first && next && !last && read.answer.headers.get("connection") !== "close") {
        first = read.answer;
        received = read.rest;
        socket.write(next);
      } else if (first && (read || last)) {
        end({ kind: "answer", answer: first, next: read?.answer ?? nothing, milliseconds });
      } else if (read) {
        end({ kind: "answer", answer: read.answer, next: undefined, milliseconds });
      } else if (last) {
        end({ kind: last, received: received.toString("latin1"), milliseconds });
      }
    };
    const timer = setTimeout(() => look("silence"), patience);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      look(undefined);
    });
    socket.on("end", () => look("closed"));
    socket.on("close", () => look("closed"));
    // A server may answer and close before it has read everything.
    socket.on("error", () => setTimeout(() => look("closed"), 20));
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });

/** Stands for a missing answer. */
const nothing: RawAnswer = { status: 0, headers: new Map(), body: Buffer.alloc(0) };

/** The first answer in the received bytes, and the rest; undefined while it is incomplete. */
function readAnswer(
  received: Buffer,
  isHead: boolean,
  ended: boolean,
): { answer: RawAnswer; rest: Buffer } | undefined {
  let rest = received;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...lines] = rest.subarray(0, end).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? 0);
    rest = rest.subarray(end + 4);
    // Interim answers such as 100 Continue come first.
    if (status >= 100 && status < 200 && status !== 101) continue;
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const read = readBody(rest, headers, isHead || status === 204 || status === 304, ended);
    return read && { answer: { status, headers, body: read.body }, rest: rest.subarray(read.size) };
  }
}

/** A body, and its number of bytes on the wire. */
interface ReadBody {
  body: Buffer;
  size: number;
}

function readBody(
  rest: Buffer,
  headers: ReadonlyMap<string, string>,
  isEmpty: boolean,
  ended: boolean,
): ReadBody | undefined {
  if (isEmpty) return { body: Buffer.alloc(0), size: 0 };
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked")
    return readChunks(rest, headers.get("content-type")?.startsWith("text/event-stream") === true);
  const length = headers.get("content-length");
  const size = length === undefined ? rest.length : Number(length);
  if (length === undefined ? !ended : rest.length < size) return undefined;
  return { body: rest.subarray(0, size), size };
}

/** @param endless whether the body is a stream of events, of which the first chunk is enough */
function readChunks(rest: Buffer, endless: boolean): ReadBody | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = rest.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, line).toString("latin1"), 16);
    const begin = line + 2;
    if (!(rest.length >= begin + size + 2)) return undefined;
    at = begin + size + 2;
    if (size === 0) return { body: Buffer.concat(parts), size: at };
    parts.push(rest.subarray(begin, begin + size));
    if (endless) return { body: Buffer.concat(parts), size: rest.length };
  }
}
