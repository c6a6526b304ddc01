import { connect } from "node:net";

/** What has come of a request. */
export type Outcome =
  | { kind: "answer"; answer: RawAnswer; milliseconds: number }
  /** The connection was closed without an answer, or in the midst of one. */
  | { kind: "closed"; received: string; milliseconds: number }
  | { kind: "silence"; received: string; milliseconds: number };

export interface RawAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
}

/**
 * Sends bytes over a connection of their own, and reads the first answer.
 *
 * @param halfClose whether it is said that nothing more comes. Node answers nothing then, unless it is done
 * @param isHead whether the answer has no body, whatever its headers say
 * @param patience in milliseconds
 */
export const exchange = (
  { hostname, port }: URL,
  bytes: Buffer,
  { halfClose, isHead }: { halfClose: boolean; isHead: boolean },
  patience: number,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const begun = performance.now();
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let received = Buffer.alloc(0);
    const finish = (kind: "answer" | "closed" | "silence", ended: boolean) => {
      const milliseconds = performance.now() - begun;
      const answer = readAnswer(received, isHead, ended);
      socket.destroy();
      clearTimeout(timer);
      if (answer) resolve({ kind: "answer", answer, milliseconds });
      else if (kind !== "answer") resolve({ kind, received: received.toString("latin1"), milliseconds });
    };
    const timer = setTimeout(() => finish("silence", false), patience);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (readAnswer(received, isHead, false)) finish("answer", false);
    });
    socket.on("end", () => finish("closed", true));
    socket.on("close", () => finish("closed", true));
    // A server may answer, and close, before it has read all.
    socket.on("error", () => setTimeout(() => finish("closed", true), 20));
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });

/** The first answer in what has been received, or undefined while it is not all there. */
export function readAnswer(received: Buffer, isHead: boolean, ended: boolean): RawAnswer | undefined {
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
    const body = readBody(rest, headers, isHead || status === 204 || status === 304, ended);
    return body && { status, headers, body };
  }
}

function readBody(
  rest: Buffer,
  headers: ReadonlyMap<string, string>,
  isEmpty: boolean,
  ended: boolean,
): Buffer | undefined {
  if (isEmpty) return Buffer.alloc(0);
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return readChunks(rest);
  const length = headers.get("content-length");
  if (length !== undefined)
    return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
  return ended ? rest : undefined;
}

function readChunks(rest: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = rest.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, line).toString("latin1"), 16);
    if (size === 0) return Buffer.concat(parts);
    const begin = line + 2;
    if (!(rest.length >= begin + size + 2)) return undefined;
    parts.push(rest.subarray(begin, begin + size));
    at = begin + size + 2;
  }
}
