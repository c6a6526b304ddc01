import { connect } from "node:net";

/** What has come of a request. */
export type Outcome =
  | { kind: "answer"; answer: RawAnswer; next: RawAnswer | undefined; milliseconds: number }
  /** The connection was closed without an answer, or in the midst of one. */
  | { kind: "closed"; received: string; milliseconds: number }
  | { kind: "silence"; received: string; milliseconds: number };

export interface RawAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
}

export interface How {
  /** Whether it is said that nothing more comes. Node then answers only what it has done already. */
  halfClose: boolean;
  /** Whether the answer has no body, whatever its headers say. */
  isHead: boolean;
  /** A request that follows on the same connection, if that stays open. */
  next: Buffer | undefined;
  /** In milliseconds. */
  patience: number;
}

/** Sends bytes over a connection of their own, and reads the answer, and that to the next request. */
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
    // A server may answer, and close, before it has read all.
    socket.on("error", () => setTimeout(() => look("closed"), 20));
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });

/** In place of an answer that has not come. */
const nothing: RawAnswer = { status: 0, headers: new Map(), body: Buffer.alloc(0) };

/** The first answer in what has been received, and what follows; undefined while it is not all there. */
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
    // 100 Continue and its like come before the answer.
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

/** A body, and how many bytes it takes. */
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
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return readChunks(rest);
  const length = headers.get("content-length");
  const size = length === undefined ? rest.length : Number(length);
  if (length === undefined ? !ended : rest.length < size) return undefined;
  return { body: rest.subarray(0, size), size };
}

function readChunks(rest: Buffer): ReadBody | undefined {
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
  }
}
